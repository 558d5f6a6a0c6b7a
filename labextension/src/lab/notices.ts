/** Notifications of JupyterLab: what is said again stands where it stood, not below it once more. */
import { Notification } from '@jupyterlab/apputils';

interface Options {
  readonly autoClose: number | false;
  readonly actions?: Notification.IAction[];
}

/** The id under which something was said last, by its words. */
const said = new Map<string, string>();
const MOST = 200;

export function notify(
  message: string,
  type: Notification.TypeOptions,
  { autoClose, actions = [] }: Options
): void {
  const key = `${type}: ${message}`;
  const id = said.get(key);
  // Each way back leads somewhere else, so that none takes the place of another.
  if (id !== undefined && actions.length === 0 && Notification.manager.has(id)) {
    Notification.update({ id, message, type, autoClose });
    return;
  }
  said.delete(key);
  said.set(key, Notification.emit(message, type, { autoClose, actions }));
  const [oldest] = said.keys();
  if (said.size > MOST && oldest !== undefined) {
    said.delete(oldest);
  }
}
