/** Tabs of the main area: opened once, brought to the front afterwards, named by links. */
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { Scope } from '../client';
import type { Parts } from './commands';
import type { Places } from './places';
import type { Tab } from './widgets';

/** So begins what a link to the table names. */
export const TABLE = 'table:';

/** The tab that fits, or a new one; it is in front in either case. A page without room for tabs, as
 * those of Notebook, opens JupyterLab with it beside itself. */
export async function openTab<T extends Tab>(
  parts: Parts,
  tabs: WidgetTracker<T>,
  fits: (tab: T) => boolean,
  make: () => T,
  linked: { readonly workspace: string; readonly named: string }
): Promise<T | undefined> {
  const { shell } = parts.app;
  if (!parts.hasTabs) {
    const link = parts.places.host(linked.workspace).linkTo?.(linked.named);
    window.open(link, '_blank', 'noopener');
    return undefined;
  }
  let tab = tabs.find(fits);
  if (tab === undefined) {
    tab = make();
    shell.add(tab, 'main', { type: 'nbmlops' });
    await tabs.add(tab);
  }
  shell.activateById(tab.id);
  return tab;
}

/** What commands and links are given about a workspace. */
export function given(scope: Scope): Record<string, string> {
  const { workspace = '', notebook = '' } = scope;
  return { ...(workspace ? { workspace } : {}), ...(notebook ? { notebook } : {}) };
}

/** Copies the address under which a tab opens again. */
export function copyLink(places: Places, workspace: string, named: string, bare = named): void {
  const host = places.host(workspace);
  host.copy(host.linkTo?.(named) ?? bare);
}
