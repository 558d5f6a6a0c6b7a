/** Tabs of the main area: opened once, brought to the front afterwards, named by links. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { Places } from './places';
import type { SeenWidget } from './widgets';

/** The tab that fits, or a new one; it is in front in either case. */
export async function openTab<T extends SeenWidget>(
  shell: JupyterFrontEnd.IShell,
  tabs: WidgetTracker<T>,
  fits: (tab: T) => boolean,
  make: () => T
): Promise<T> {
  let tab = tabs.find(fits);
  if (tab === undefined) {
    tab = make();
    shell.add(tab, 'main', { type: 'nbmlops' });
    await tabs.add(tab);
  }
  shell.activateById(tab.id);
  return tab;
}

/** Copies the address under which a tab opens again. */
export function copyLink(places: Places, workspace: string, named: string, bare = named): void {
  const host = places.host(workspace);
  host.copy(host.linkTo?.(named) ?? bare);
}
