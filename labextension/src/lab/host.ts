/** JupyterLab as the host of views. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { KernelAPI } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { Client, Scope } from '../client';
import type { Host } from '../host';
import type { Live } from '../live';
import { COMMANDS } from './names';
import { notify } from './notices';
import { given, PREVIEW } from './opening';

export interface Lab {
  readonly app: JupyterFrontEnd;
  readonly words: TranslationBundle;
  readonly state: IStateDB | null;
  readonly rendermime: IRenderMimeRegistry | null;
}

export function makeHost(lab: Lab, client: Client, live: Live): Host {
  const { app, words, state, rendermime } = lab;
  const execute = (command: string, args: Record<string, string>) =>
    void app.commands.execute(command, { ...args, ...given(client.scope) });
  return {
    client,
    live,
    words,
    openRun: run => execute(COMMANDS.openRun, { run, preview: PREVIEW }),
    openRuns: (experiment, filter) => execute(COMMANDS.openRuns, { experiment, filter }),
    openComparison: runs => execute(COMMANDS.compareRuns, { runs: runs.join(',') }),
    openDrift: run => execute(COMMANDS.openDrift, { run, preview: PREVIEW }),
    stopper: kernel => {
      const { kernels, serverSettings } = app.serviceManager;
      return [...kernels.running()].some(({ id }) => id === kernel)
        ? () => KernelAPI.interruptKernel(kernel, serverSettings)
        : null;
    },
    openNotebook: (path, cell) => execute(COMMANDS.openNotebook, { path, cell: cell ?? '' }),
    linkTo: run => linkTo(run, client.scope),
    copy: text => {
      Clipboard.copyToSystem(text);
      notify(words.__('Copied'), 'default', { autoClose: 1500 });
    },
    tell: (kind, message, undo) => {
      const actions = undo ? [{ label: words.__('Undo'), callback: undo }] : [];
      notify(message, kind, { autoClose: kind === 'error' ? false : 6000, actions });
    },
    ...(rendermime ? { renderMarkdown: (text: string) => renderMarkdown(rendermime, text) } : {}),
    remember: (key, value) =>
      void state?.save(`nbmlops:${key}`, (value ?? null) as ReadonlyPartialJSONValue),
    recall: async key => (await state?.fetch(`nbmlops:${key}`)) ?? null
  };
}

function linkTo(run: string, scope: Scope): string {
  const app = PageConfig.getOption('appUrl').replace(/^\//, '') || 'lab';
  const query = new URLSearchParams({ nbmlops: run, ...given(scope) });
  return `${PageConfig.getBaseUrl()}${app}?${query.toString()}`;
}

/** Markdown as JupyterLab sanitizes it, and without what would ask for something or start
 * something when it is only looked at. */
async function renderMarkdown(rendermime: IRenderMimeRegistry, text: string): Promise<HTMLElement> {
  const { sanitizer } = rendermime;
  const registry = rendermime.clone({
    sanitizer: { sanitize: (dirty, options) => quiet(sanitizer.sanitize(dirty, options)) }
  });
  const renderer = registry.createRenderer('text/markdown');
  const model = registry.createModel({ data: { 'text/markdown': text }, trusted: false });
  await renderer.renderModel(model);
  return renderer.node;
}

const LOADING = 'img, picture, source, audio, video, track, iframe, object, embed, link, style';

/** The same HTML without pictures, media and hidden commands. */
function quiet(html: string): string {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  for (const element of parsed.body.querySelectorAll(LOADING)) {
    const said = element.getAttribute('alt');
    element.replaceWith(...(said ? [parsed.createTextNode(said)] : []));
  }
  for (const element of parsed.body.querySelectorAll('*')) {
    for (const { name } of [...element.attributes]) {
      if (name.startsWith('data-') || name === 'style' || name === 'background') {
        element.removeAttribute(name);
      }
    }
  }
  return parsed.body.innerHTML;
}
