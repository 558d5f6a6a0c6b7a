/** Outputs of ours whose widget is gone show their static form, which lies beside it in the file:
 * otherwise they would say no more than that a model was not found. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

type Data = Readonly<Record<string, unknown>>;

const VIEW = 'application/vnd.jupyter.widget-view+json';
const OURS = 'class="nbmlops ';
const TARGET = 'jupyter.widget';
/** States of a kernel after which nothing of what it had is there. */
export const GONE: ReadonlySet<string> = new Set([
  'restarting',
  'autorestarting',
  'terminating',
  'dead'
]);

/** Look after the outputs of every notebook. */
export function keepReadable(tracker: INotebookTracker): void {
  const add = (panel: NotebookPanel) => {
    void panel.context.ready
      .then(() => panel.sessionContext.ready)
      .then(() => living(panel))
      .then(
        models => leaveStatic(panel, models),
        () => undefined // a kernel that went away says so below
      );
    panel.sessionContext.statusChanged.connect((_, status) => {
      if (GONE.has(status)) {
        leaveStatic(panel, new Set());
      }
    });
  };
  tracker.forEach(add);
  tracker.widgetAdded.connect((_, panel) => add(panel));
}

/** The ids of the models that the kernel of a notebook has. */
async function living(panel: NotebookPanel): Promise<ReadonlySet<string>> {
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel || panel.isDisposed) {
    return new Set();
  }
  const reply = await kernel.requestCommInfo({ target_name: TARGET });
  return new Set(reply.content.status === 'ok' ? Object.keys(reply.content.comms) : []);
}

function leaveStatic(panel: NotebookPanel, models: ReadonlySet<string>): void {
  if (panel.isDisposed) {
    return;
  }
  for (const cell of panel.content.widgets) {
    const { outputs } = cell.model as Partial<{
      outputs: {
        readonly length: number;
        get(at: number): { toJSON(): { readonly data?: Data } };
        set(at: number, value: unknown): void;
      };
    }>;
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs?.get(at).toJSON();
      const data = output?.data;
      if (data !== undefined && isGone(data, models)) {
        const kept = Object.entries(data).filter(([name]) => name !== VIEW);
        outputs?.set(at, { ...output, data: Object.fromEntries(kept) });
      }
    }
  }
}

/** True for an output of ours with a widget that no kernel has. */
function isGone(data: Data, models: ReadonlySet<string>): boolean {
  const view = data[VIEW] as { readonly model_id?: unknown } | undefined;
  const html = data['text/html'];
  const text = Array.isArray(html) ? html.join('') : html;
  return (
    typeof view?.model_id === 'string' &&
    typeof text === 'string' &&
    text.includes(OURS) &&
    !models.has(view.model_id)
  );
}
