/** Tabs of the main area: opened once, brought to the front afterwards, named by links. */
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { Scope } from '../client';
import type { Parts } from './commands';
import type { Places } from './places';
import type { Tab } from './widgets';

/** So begins what a link to the table names. */
export const TABLE = 'table:';
/** What a click says to a command that opens a tab, which is a preview then. */
export const PREVIEW = 'yes';

export interface Wanted {
  readonly workspace: string;
  /** What a link to it names. */
  readonly named: string;
  readonly isPreview?: boolean;
}

/** The tab that fits, or a new one; it is in front in either case. Only one is a preview: the next
 * one comes in its place, so that who looks through runs does not leave a tab for each. Asking for it
 * once more keeps it, as does whatever is done in it. A page without room for tabs, as those of
 * Notebook, opens JupyterLab with it beside itself. */
export async function openTab<T extends Tab>(
  parts: Parts,
  tabs: WidgetTracker<T>,
  fits: (tab: T) => boolean,
  make: () => T,
  { workspace, named, isPreview = false }: Wanted
): Promise<T | undefined> {
  const { shell } = parts.app;
  if (!parts.hasTabs) {
    const link = parts.places.host(workspace).linkTo?.(named);
    window.open(link, '_blank', 'noopener');
    return undefined;
  }
  let tab = tabs.find(fits);
  if (tab === undefined) {
    tab = make();
    const before = isPreview ? tabs.find(each => each.isPreview) : undefined;
    const place = before ? ({ ref: before.id, mode: 'tab-after' } as const) : {};
    tab.isPreview = isPreview;
    shell.add(tab, 'main', { type: 'nbmlops', ...place });
    before?.dispose();
    await tabs.add(tab);
  } else {
    tab.isPreview = false;
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
