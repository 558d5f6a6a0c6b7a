/** What is done in notebooks: mark a cell as tracked, find a run's cell again. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { notify } from './notices';

const TRACK = /^%%?track\b[^\n]*\n?/;
const LOAD = '%load_ext nbmlops';
const DEEPEST = 12;

export type Cell = NotebookPanel['content']['widgets'][number];

/** The cell that is meant: the one below the pointer for a context menu, else the one in front. */
export function cellOf(
  app: JupyterFrontEnd,
  tracker: INotebookTracker | null,
  args: Readonly<Record<string, unknown>>
): Cell | null {
  if (args['isPointedAt'] === true) {
    const node = app.contextMenuHitTest(each => each.classList.contains('jp-Cell'));
    const cells = tracker?.currentWidget?.content.widgets ?? [];
    const found = cells.find(each => each.node === node);
    if (found) {
      return found;
    }
  }
  return tracker?.activeCell ?? null;
}

export function canTrack(cell: Cell | null): boolean {
  return cell?.model.type === 'code';
}

export function isTracked(cell: Cell | null): boolean {
  return TRACK.test(cell?.model.sharedModel.getSource() ?? '');
}

/** Track a cell, or stop; the notebook gets the line that loads the magics. */
export function toggleTracking(
  tracker: INotebookTracker,
  cell: Cell | null,
  words: TranslationBundle
): void {
  const notebook = tracker.currentWidget?.content;
  if (!cell || !notebook?.model || cell.model.type !== 'code') {
    return;
  }
  const shared = cell.model.sharedModel;
  const source = shared.getSource();
  if (TRACK.test(source)) {
    shared.setSource(source.replace(TRACK, ''));
    return;
  }
  shared.setSource(`%%track\n${source}`);
  const loads = notebook.model.sharedModel.cells.some(each => /nbmlops/.test(each.getSource()));
  if (!loads) {
    notebook.model.sharedModel.insertCell(0, { cell_type: 'code', source: LOAD });
    const told = words.__('Run the new first cell once: it loads nbmlops.');
    notify(told, 'info', { autoClose: 6000 });
  }
}

/** Open a notebook that a kernel named by its place on disk, and go to a cell of it; false where
 * the server does not have it. */
export async function openNotebook(
  app: JupyterFrontEnd,
  tracker: INotebookTracker | null,
  path: string,
  cellId: string
): Promise<boolean> {
  const found = await contentsPath(app, path);
  if (found === null) {
    return false;
  }
  const panel = (await app.commands.execute('docmanager:open', { path: found })) as
    NotebookPanel | undefined;
  if (cellId && panel && tracker?.has(panel)) {
    await panel.context.ready;
    const at = panel.content.widgets.findIndex(cell => cell.model.id === cellId);
    if (at >= 0) {
      panel.content.activeCellIndex = at;
      await panel.content.scrollToItem(at, 'center');
    }
  }
  return true;
}

/** The path by which the server's contents know a file: its own root is told shortened or not at
 * all, so that the longest end of the path that there is counts. */
async function contentsPath(app: JupyterFrontEnd, path: string): Promise<string | null> {
  const parts = path.split('/').filter(Boolean);
  const { contents } = app.serviceManager;
  for (let from = 0; from < Math.min(parts.length, DEEPEST); from++) {
    const end = parts.slice(from).join('/');
    try {
      const found = await contents.get(end, { content: false });
      if (found.type === 'notebook' || found.type === 'file') {
        return end;
      }
    } catch {
      // Not below this root; a shorter end may be.
    }
  }
  return null;
}
