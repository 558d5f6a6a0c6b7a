/** VS Code's webview of a notebook's outputs, around the widget manager that VS Code has there.
 *
 * The kernel is a connection without a socket: what it says goes to the window, which stands for
 * VS Code's extension host, and what the window says is what the kernel has sent. */
import { type Kernel, type KernelMessage, ServerConnection } from '@jupyterlab/services';
import { KernelConnection } from '@jupyterlab/services/lib/kernel/default';
import { choose } from './themes';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

interface Options {
  readonly clientId: string;
  readonly model: Kernel.IModel;
  /** Where the modules of widgets lie, as their extension.js files say. */
  readonly scripts: Readonly<Record<string, string>>;
}

interface Shown {
  readonly cell: number;
  readonly output: string;
  readonly data: {
    readonly [WIDGET]?: { readonly model_id: string };
    readonly 'text/html'?: string;
    readonly 'text/plain'?: string;
  };
}

type Told =
  | ({ readonly type: 'kernel' } & Options)
  | { readonly type: 'said'; readonly message: string }
  | { readonly type: 'executes'; readonly message: KernelMessage.IShellMessage }
  | ({ readonly type: 'shown' } & Shown)
  | { readonly type: 'cleared'; readonly cell: number }
  | { readonly type: 'state'; readonly cell: number; readonly state: string }
  | { readonly type: 'theme'; readonly name: string };

interface Model {
  readonly comm_live: boolean;
}

interface Manager {
  has_model(id: string): boolean;
  get_model(id: string): Promise<Model>;
  create_view(model: Model, options: { el: HTMLElement }): Promise<unknown>;
  display_view(message: unknown, view: unknown, options: { node: HTMLElement }): Promise<unknown>;
}

interface Loader {
  readonly widgetsRegisteredInRequireJs: ReadonlySet<string>;
  errorHandler(name: string, module: string, version: string, error: unknown): void;
  successHandler(name: string, module: string, version: string): void;
  loadWidgetScript(module: string, version: string): Promise<void>;
}

declare const window: Window & {
  readonly requirejs: { config(more: { paths: Record<string, string> }): void };
  readonly vscIPyWidgets8: { load(): void };
  readonly vscIPyWidgets: {
    readonly WidgetManager: new (
      kernel: Kernel.IKernelConnection,
      element: HTMLElement | undefined,
      loader: Loader,
      log: (line: string) => void
    ) => Manager;
  };
};

/** The socket of a kernel, which the window holds. */
class Socket {
  static latest: Socket;
  readonly protocol = '';
  isSending = true;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;

  constructor() {
    Socket.latest = this;
  }

  close(): void {
    this.isSending = false;
  }

  send(data: string | ArrayBuffer): void {
    if (this.isSending) {
      parent.postMessage(data, '*');
    }
  }
}

function connect(options: Options): Kernel.IKernelConnection {
  const serverSettings = ServerConnection.makeSettings({
    WebSocket: Socket as never,
    wsUrl: 'ws://nowhere.invalid'
  });
  const kernel = new KernelConnection({
    serverSettings,
    clientId: options.clientId,
    handleComms: true,
    username: '',
    model: options.model
  });
  // VS Code has asked the kernel for its features already, and its webview does not ask again.
  const ask = kernel.requestKernelInfo.bind(kernel);
  kernel.requestKernelInfo = () => Promise.resolve(undefined);
  Socket.latest.onopen?.();
  kernel.requestKernelInfo = ask;
  return kernel;
}

function manage(kernel: Kernel.IKernelConnection, scripts: Options['scripts']): Manager {
  const registered = new Set<string>();
  const loader: Loader = {
    widgetsRegisteredInRequireJs: registered,
    errorHandler: (name, module, version, error) => {
      console.error(`No ${name} of ${module} ${version}`, error);
    },
    successHandler: () => undefined,
    loadWidgetScript: module => {
      const path = scripts[module];
      if (path !== undefined) {
        window.requirejs.config({ paths: { [module]: path } });
        registered.add(module);
      }
      return Promise.resolve();
    }
  };
  window.vscIPyWidgets8.load();
  const { WidgetManager } = window.vscIPyWidgets;
  return new WidgetManager(kernel, undefined, loader, () => undefined);
}

let kernel: Kernel.IKernelConnection;
let manager: Manager;
const begun = new Map<string, string>();

function element(parent: Element, name: string, id: string): HTMLElement {
  const found = parent.querySelector<HTMLElement>(`:scope > [data-id="${id}"]`);
  if (found !== null) {
    return found;
  }
  const made = document.createElement('div');
  made.className = name;
  made.dataset['id'] = id;
  parent.append(made);
  return made;
}

function cellElement(cell: number): HTMLElement {
  return element(document.getElementById('container') ?? document.body, 'cell', String(cell));
}

/** Show an output in the best form that can be shown, as a kernel's messages tell of it. */
async function show({ cell, output, data }: Shown): Promise<void> {
  const place = element(cellElement(cell), 'output', output);
  const round = JSON.stringify(data);
  begun.set(output, round);
  const box = document.createElement('div');
  const view = data[WIDGET];
  if (view !== undefined) {
    place.replaceChildren(box);
    place.classList.add('cell-output-ipywidget-background');
    box.className = 'cell-output-ipywidget-background';
    while (!manager.has_model(view.model_id)) {
      await new Promise(done => setTimeout(done, 20)); // its messages are worked at
      if (begun.get(output) !== round) {
        return;
      }
    }
    const model = await manager.get_model(view.model_id);
    const made = await manager.create_view(model, { el: box });
    await manager.display_view(undefined, made, { node: box });
    return;
  }
  place.classList.remove('cell-output-ipywidget-background');
  const { 'text/html': html, 'text/plain': plain = '' } = data;
  if (html !== undefined) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    box.append(...page.head.childNodes, ...page.body.childNodes);
  } else {
    const text = document.createElement('pre');
    text.textContent = plain;
    box.append(text);
  }
  place.replaceChildren(box);
}

function take(told: Told): void {
  switch (told.type) {
    case 'kernel':
      kernel = connect(told);
      manager = manage(kernel, told.scripts);
      document.body.dataset['ready'] = 'true';
      break;
    case 'said':
      Socket.latest.onmessage?.({ data: told.message });
      break;
    case 'executes':
      Socket.latest.isSending = false;
      kernel.sendShellMessage(told.message, false, true);
      Socket.latest.isSending = true;
      break;
    case 'shown':
      show(told).catch((error: unknown) => {
        console.error('An output was not shown', error);
      });
      break;
    case 'cleared':
      cellElement(told.cell).replaceChildren();
      break;
    case 'state':
      cellElement(told.cell).dataset['state'] = told.state;
      break;
    case 'theme':
      choose(told.name);
  }
}

choose(new URLSearchParams(location.search).get('theme') ?? '');
addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => {
  if (typeof event.data === 'string') {
    take(JSON.parse(event.data) as Told);
  } else {
    Socket.latest.onmessage?.({ data: event.data });
  }
});
// @ts-expect-error: it is served beside this file
const { activate } = (await import('./ipywidgets.js')) as { activate: () => void };
activate();
parent.postMessage(JSON.stringify({ channel: 'ready' }), '*');
