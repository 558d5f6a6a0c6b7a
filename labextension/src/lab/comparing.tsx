/** Comparisons as tabs of the main area, and the commands that open them. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import React from 'react';
import type { Comparison } from '../comparison';
import { HostProvider } from '../host';
import { visible } from '../text';
import { CompareView } from '../views/CompareView';
import { selectedRuns } from './actions';
import { text, texts, workspaceOf, type Parts } from './commands';
import { runsIcon } from './icons';
import { COMMANDS } from './names';
import { copyLink, openTab } from './opening';
import type { Places } from './places';
import { Tab } from './widgets';

/** Two to fifty runs side by side. */
export class CompareTab extends Tab {
  readonly runsChanged = new Signal<this, readonly string[]>(this);

  constructor(
    private readonly places: Places,
    readonly workspace: string,
    public runs: readonly string[],
    readonly key: string,
    private readonly words: TranslationBundle
  ) {
    super();
    this.id = `nbmlops-compare-${key}`;
    this.title.label = words._n('%1 run', '%1 runs', runs.length);
  }

  override render(): React.JSX.Element {
    return (
      <HostProvider value={this.places.host(this.workspace)}>
        <CompareView
          runs={this.runs}
          isShown={this.isVisible}
          onRuns={this.see}
          onComparison={this.name}
        />
      </HostProvider>
    );
  }

  private readonly see = (runs: readonly string[]): void => {
    this.runs = runs;
    this.runsChanged.emit(runs);
    this.update();
  };

  private readonly name = ({ runs }: Comparison): void => {
    const names = runs.map(run => visible(run.name, 24) || this.words.__('unnamed'));
    this.title.label =
      runs.length === 2
        ? names.join(' ↔ ')
        : this.words._n('%1 run compared', '%1 runs compared', runs.length);
    this.title.caption = names.slice(0, 20).join('\n');
  };
}

export function addComparisons(parts: Parts): void {
  const { app, words, places, runsTabs, compareTabs } = parts;
  const { commands, shell } = app;
  const selected = () => selectedRuns(parts);

  commands.addCommand(COMMANDS.compareRuns, {
    label: words.__('Compare Selected Runs'),
    caption: words.__('Show the selected runs of the table or the panel side by side'),
    icon: runsIcon,
    describedBy: texts('runs', 'workspace', 'notebook', 'tab'),
    isEnabled: args => text(args, 'runs') !== '' || selected().runs.length > 1,
    execute: async args => {
      const given = [...new Set(text(args, 'runs').split(',').filter(Boolean))];
      const chosen = selected();
      const runs = given.length > 0 ? given : chosen.runs;
      if (runs.length < 2) {
        return undefined;
      }
      const where = given.length > 0 ? args : { workspace: chosen.workspace };
      const workspace = await workspaceOf(places, where);
      const key = text(args, 'tab') || [...runs].sort().join('-').slice(0, 2000);
      const fits = (tab: CompareTab) => isSame(tab.runs, runs) || tab.key === key;
      const make = () => {
        const made = new CompareTab(places, workspace, runs, key, words);
        made.runsChanged.connect(() => void compareTabs.save(made));
        return made;
      };
      return openTab(parts, compareTabs, fits, make, { workspace, named: runs.join(',') });
    }
  });
  runsTabs.currentChanged.connect(() => commands.notifyCommandChanged(COMMANDS.compareRuns));

  commands.addCommand(COMMANDS.copyComparisonLink, {
    label: words.__('Copy Link to Comparison'),
    describedBy: texts(),
    isEnabled: () => shell.currentWidget instanceof CompareTab,
    execute: () => {
      const tab = shell.currentWidget;
      if (tab instanceof CompareTab) {
        copyLink(places, tab.workspace, tab.runs.join(','));
      }
    }
  });
}

/** True for the same runs in any order. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every(each => others.includes(each));
}
