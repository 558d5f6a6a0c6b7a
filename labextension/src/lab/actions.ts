/** What can be done with the runs in front, as commands: those of a tab, else those that are
 * selected in the table or the panel. */
import { removeRuns, restoreRuns } from '../removal';
import { FORMS, formWord, saveComparison } from '../views/compare/saving';
import { current, text, texts, type Parts } from './commands';
import { CompareTab } from './comparing';
import { COMMANDS } from './names';
import { RunsTab, RunTab, type Editable } from './widgets';

interface InFront {
  readonly runs: readonly string[];
  readonly workspace: string;
}

/** The runs that are selected in the table in front, else in the panel. */
export function selectedRuns({ app, panel, places }: Parts): InFront {
  const table = app.shell.currentWidget;
  return table instanceof RunsTab
    ? { runs: table.selected, workspace: table.workspace }
    : { runs: panel.selected, workspace: places.current ?? '' };
}

function runsInFront(parts: Parts): InFront {
  const tab = parts.app.shell.currentWidget;
  return tab instanceof RunTab
    ? { runs: [tab.run], workspace: tab.workspace }
    : selectedRuns(parts);
}

export function addActions(parts: Parts): void {
  const { app, words, places } = parts;
  const { commands, shell } = app;

  commands.addCommand(COMMANDS.openSelectedRun, {
    label: words.__('Open Selected Run'),
    describedBy: texts(),
    isEnabled: () => selectedRuns(parts).runs.length === 1,
    execute: () => {
      const { runs, workspace } = selectedRuns(parts);
      return runs[0] && commands.execute(COMMANDS.openRun, { run: runs[0], workspace });
    }
  });

  commands.addCommand(COMMANDS.deleteRuns, {
    label: () => {
      const tab = shell.currentWidget;
      return !(tab instanceof RunTab)
        ? words.__('Delete Selected Runs')
        : tab.isDeleted
          ? words.__('Restore this Run')
          : words.__('Delete this Run');
    },
    caption: words.__('Put runs out of sight; they can be brought back'),
    describedBy: texts(),
    isEnabled: () => runsInFront(parts).runs.length > 0,
    execute: async () => {
      const { runs, workspace } = runsInFront(parts);
      const host = places.host(workspace || (await current(places)));
      const tab = shell.currentWidget;
      if (tab instanceof RunTab && tab.isDeleted) {
        await restoreRuns(host, runs);
      } else if (runs.length > 0) {
        await removeRuns(host, runs);
      }
    }
  });

  const edits: readonly (readonly [string, string, Editable])[] = [
    [COMMANDS.renameRun, words.__('Rename this Run'), 'name'],
    [COMMANDS.noteRun, words.__('Write a Note about this Run'), 'note'],
    [COMMANDS.tagRun, words.__('Tag this Run'), 'tag']
  ];
  for (const [command, label, what] of edits) {
    commands.addCommand(command, {
      label,
      describedBy: texts(),
      isEnabled: () => shell.currentWidget instanceof RunTab,
      execute: () => {
        const tab = shell.currentWidget;
        if (tab instanceof RunTab) {
          setTimeout(() => tab.edit(what)); // the palette gives the focus back first
        }
      }
    });
  }

  commands.addCommand(COMMANDS.exportComparison, {
    label: args => {
      const form = FORMS.find(each => each === args['form']) ?? 'html';
      return words.__('Export Comparison: %1', formWord(form, places.anywhere));
    },
    describedBy: texts('form'),
    isEnabled: () => shell.currentWidget instanceof CompareTab,
    execute: async args => {
      const tab = shell.currentWidget;
      const form = FORMS.find(each => each === text(args, 'form')) ?? 'html';
      if (tab instanceof CompareTab) {
        const view = tab.node.querySelector<HTMLElement>('.nbm-compare');
        await saveComparison(places.host(tab.workspace), tab.runs, form, view);
      }
    }
  });
}
