/** Reports of drift as tabs of the main area, and the commands that open them. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { DriftReport } from '../drift';
import { LINKED } from '../drifts';
import { HostProvider } from '../host';
import { visible } from '../text';
import { DriftView } from '../views/DriftView';
import { text, texts, workspaceOf, type Parts } from './commands';
import { driftIcon } from './icons';
import { COMMANDS } from './names';
import { copyLink, openTab, PREVIEW } from './opening';
import type { Places } from './places';
import { Tab } from './widgets';

/** One report. */
export class DriftTab extends Tab {
  constructor(
    private readonly places: Places,
    readonly workspace: string,
    readonly run: string,
    words: TranslationBundle
  ) {
    super();
    this.id = `nbmlops-drift-${run}`;
    this.title.icon = driftIcon;
    this.title.label = words.__('Drift');
  }

  override render(): React.JSX.Element {
    return (
      <HostProvider value={this.places.host(this.workspace)}>
        <DriftView run={this.run} isShown={this.isVisible} onReport={this.name} />
      </HostProvider>
    );
  }

  private readonly name = ({ reference, current: now }: DriftReport): void => {
    this.title.label = `${visible(reference.name, 20)} → ${visible(now.name, 20)}`;
    this.title.caption = `${visible(reference.name, 120)} → ${visible(now.name, 120)}`;
  };
}

export function addDrifts(parts: Parts): void {
  const { app, words, places, panel, driftTabs } = parts;
  const { commands, shell } = app;

  commands.addCommand(COMMANDS.showDrift, {
    label: words.__('Show Drift'),
    caption: words.__('Show the reports of drift beside the notebook'),
    icon: driftIcon,
    describedBy: texts(),
    execute: () => {
      panel.choose('drift');
      shell.activateById(panel.id);
    }
  });

  commands.addCommand(COMMANDS.openDrift, {
    label: words.__('Open Report of Drift'),
    icon: driftIcon,
    describedBy: texts('run', 'workspace', 'notebook', 'preview'),
    execute: async args => {
      const run = text(args, 'run');
      if (!run) {
        return undefined;
      }
      const workspace = await workspaceOf(places, args);
      return openTab(
        parts,
        driftTabs,
        tab => tab.run === run,
        () => new DriftTab(places, workspace, run, words),
        { workspace, named: `${LINKED}${run}`, isPreview: text(args, 'preview') === PREVIEW }
      );
    }
  });

  commands.addCommand(COMMANDS.copyDriftLink, {
    label: words.__('Copy Link to Report of Drift'),
    describedBy: texts(),
    isEnabled: () => shell.currentWidget instanceof DriftTab,
    execute: () => {
      const tab = shell.currentWidget;
      if (tab instanceof DriftTab) {
        copyLink(places, tab.workspace, `${LINKED}${tab.run}`, tab.run);
      }
    }
  });
}
