/** Cards of runs that a page before this one began.
 *
 * JupyterLab gives what a kernel shows to the page that had the cell executed, and to no other: after
 * a reload nobody would hear how a run ended. So cards say which run and which cell they belong to.
 * What comes while this page is there is put where it belongs; what is running still is asked of the
 * server, and shown as it goes on. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import { Client, type Transport } from '../client';
import { literal } from '../filters';
import type { Host } from '../host';
import { FollowedCards, type Spot } from './followed';
import type { Cell } from './notebooks';
import type { Places } from './places';

const VIEW = 'application/vnd.jupyter.widget-view+json';
const PAUSE_MS = 1500;

/** What a card's metadata, and the part of its message that no file keeps, say of it. */
interface Said {
  readonly run?: unknown;
  readonly status?: unknown;
  readonly cell?: unknown;
}

interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface Outputs {
  readonly length: number;
  get(at: number): { toJSON(): Output };
  set(at: number, value: unknown): void;
  add(value: unknown): number;
}

/** Look after the cards of every notebook. */
export function adoptCards(tracker: INotebookTracker, transport: Transport, places: Places): void {
  const add = (panel: NotebookPanel) => {
    hear(panel);
    void panel.context.ready.then(() => {
      leaveStatic(panel);
      void catchUp(panel, transport, places);
    });
    // What was said while the line was cut may have been said to nobody.
    panel.sessionContext.connectionStatusChanged.connect((_, status) => {
      if (status === 'connected') {
        void catchUp(panel, transport, places);
      }
    });
  };
  tracker.forEach(add);
  tracker.widgetAdded.connect((_, panel) => add(panel));
}

/** Take the cards that the kernel shows for the page before. */
function hear(panel: NotebookPanel): void {
  const begun = new Set<string>(); // executions whose beginning this page has heard
  const before = new Set<string>(); // sessions of pages that had something executed before
  panel.sessionContext.iopubMessage.connect((_, message) => {
    const { msg_id, session } = message.parent_header as Partial<KernelMessage.IHeader>;
    if (msg_id === undefined || session === undefined) {
      return;
    }
    const kind = message.header.msg_type;
    if (kind === 'execute_input') {
      begun.add(msg_id);
    } else if (session === panel.sessionContext.session?.kernel?.clientId) {
      return; // JupyterLab itself shows it
    } else if (kind === 'display_data' || kind === 'update_display_data') {
      if (!begun.has(msg_id)) {
        before.add(session);
      }
      if (before.has(session)) {
        put(panel, message.content as KernelMessage.IDisplayDataMsg['content']);
      }
    }
  });
}

function put(panel: NotebookPanel, content: KernelMessage.IDisplayDataMsg['content']): void {
  const { cell, run } = saidBy(content.transient);
  const found = panel.content.widgets.find(each => each.model.id === cell);
  const outputs = found && outputsOf(found);
  if (outputs === undefined || typeof run !== 'string') {
    return;
  }
  const data = withoutView(content.data);
  const output = { output_type: 'display_data', data, metadata: content.metadata };
  const at = placeOf(outputs, run);
  if (at < 0) {
    outputs.add(output);
  } else {
    outputs.set(at, output);
  }
  caughtUp.get(panel)?.();
}

/** The notebooks that are being brought up to date, and what has their live cards placed anew. */
const caughtUp = new WeakMap<NotebookPanel, () => void>();

/** Bring up to date what the notebook says to be running, now and whenever something changes. */
async function catchUp(panel: NotebookPanel, transport: Transport, places: Places): Promise<void> {
  if (caughtUp.has(panel)) {
    return;
  }
  caughtUp.set(panel, () => undefined);
  let host: Host;
  let unsaved: ReadonlyMap<string, Cell>;
  try {
    const notebook = panel.context.localPath;
    host = places.host((await new Client(transport, { notebook }).workspaces()).current);
    unsaved = await unsavedRuns(panel, host);
  } catch {
    caughtUp.delete(panel);
    return; // without a server part the file is all there is
  }
  const cards = new FollowedCards(host);
  let [timer, isAsking, changes] = [0, false, 0];
  let going: ReadonlySet<string> = new Set();
  const place = () => cards.show(spots(panel, going, unsaved));
  caughtUp.set(panel, place);
  const look = async () => {
    timer = 0;
    isAsking = true;
    const known = changes;
    going = await stillGoing(panel, host, new Set([...unsaved.keys(), ...running(panel)]));
    isAsking = false;
    place();
    if (going.size === 0) {
      stop();
    } else if (changes !== known) {
      soon(); // what came meanwhile may be the last for a long time
    }
  };
  const soon = () => {
    changes += 1;
    if (timer === 0 && !isAsking) {
      timer = window.setTimeout(() => void look(), PAUSE_MS);
    }
  };
  const unlisten = host.live.listen(soon);
  const stop = () => {
    cards.dispose();
    clearTimeout(timer);
    unlisten();
    caughtUp.delete(panel);
  };
  panel.disposed.connect(stop);
  void look();
}

/** Runs of a notebook that are going on, by their cell, of which its file shows nothing. */
async function unsavedRuns(panel: NotebookPanel, host: Host): Promise<ReadonlyMap<string, Cell>> {
  const found = new Map<string, Cell>();
  for (const { run, status, cell_id } of await host.client.cells(panel.context.localPath)) {
    const cell = panel.isDisposed
      ? null
      : panel.content.widgets.find(({ model }) => model.id === cell_id);
    if (cell && status === 'running') {
      found.set(run, cell);
    }
  }
  return found;
}

/** Those of some runs that are going on, or of which nobody knows; the cards of others are replaced. */
async function stillGoing(
  panel: NotebookPanel,
  host: Host,
  runs: Iterable<string>
): Promise<ReadonlySet<string>> {
  const going = new Set<string>();
  for (const run of runs) {
    try {
      const { rows } = await host.client.runs({
        filter: `id = ${literal(run)}`,
        columns: ['status']
      });
      const status = rows[0]?.[0];
      if (status === 'running' || status === 'pending') {
        going.add(run);
      } else if (status !== undefined) {
        const { data, metadata } = await host.client.card(run);
        replace(panel, run, { data, metadata });
      }
    } catch {
      going.add(run);
    }
  }
  return going;
}

/** Where the live cards of runs belong that this page did not begin. */
function spots(
  panel: NotebookPanel,
  going: ReadonlySet<string>,
  unsaved: ReadonlyMap<string, Cell>
): ReadonlyMap<string, Spot> {
  const found = new Map<string, Spot>();
  for (const [run, cell] of unsaved) {
    const outputs = cell.isDisposed ? undefined : outputsOf(cell);
    if (going.has(run) && outputs !== undefined && placeOf(outputs, run) < 0) {
      found.set(run, { cell, output: null });
    }
  }
  eachRunning(panel, (run, output, _, spot) => {
    if (going.has(run) && !(VIEW in (output.data ?? {}))) {
      found.set(run, spot);
    }
  });
  return found;
}

/** The runs that cards of a notebook say to be running. */
function running(panel: NotebookPanel): Set<string> {
  const found = new Set<string>();
  eachRunning(panel, run => found.add(run));
  return found;
}

/** Show the static form of what was running when the file was written. */
function leaveStatic(panel: NotebookPanel): void {
  eachRunning(panel, (_, output, put) => put({ ...output, data: withoutView(output.data ?? {}) }));
}

function eachRunning(
  panel: NotebookPanel,
  act: (run: string, output: Output, put: (output: Output) => void, spot: Spot) => void
): void {
  for (const cell of panel.isDisposed ? [] : panel.content.widgets) {
    const outputs = outputsOf(cell);
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs?.get(at).toJSON();
      const { run, status } = saidBy(output?.metadata);
      if (output !== undefined && typeof run === 'string' && status === 'running') {
        act(run, output, other => outputs?.set(at, other), { cell, output: at });
      }
    }
  }
}

/** The static form alone: a page that came later hears nothing of a widget while the kernel is busy. */
function withoutView(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== VIEW));
}

/** Put another card where one says that its run is going on. */
function replace(panel: NotebookPanel, run: string, card: Omit<Output, 'output_type'>): void {
  eachRunning(panel, (which, _, put) => {
    if (which === run) {
      put({ output_type: 'display_data', ...card });
    }
  });
}

function placeOf(outputs: Outputs, run: string): number {
  for (let at = 0; at < outputs.length; at++) {
    if (saidBy(outputs.get(at).toJSON().metadata).run === run) {
      return at;
    }
  }
  return -1;
}

function saidBy(given: Readonly<Record<string, unknown>> | undefined): Said {
  const said = given?.['nbmlops'];
  return typeof said === 'object' && said !== null ? said : {};
}

function outputsOf(cell: Cell): Outputs | undefined {
  return (cell.model as Partial<{ outputs: Outputs }>).outputs;
}
