/** The commands, under the names that menus, shortcuts and other extensions use. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { ILauncher } from '@jupyterlab/launcher';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { LINKED } from '../drifts';
import { literal } from '../filters';
import { FORMS } from '../views/compare/saving';
import { addActions } from './actions';
import { addComparisons, type CompareTab } from './comparing';
import { addDrifts, type DriftTab } from './drifting';
import type { Badges } from './badges';
import { runsIcon } from './icons';
import { COMMANDS } from './names';
import * as notebooks from './notebooks';
import { notify } from './notices';
import { copyLink, openTab, PREVIEW, TABLE } from './opening';
import type { Places } from './places';
import { RunsTab, RunTab, type Panel } from './widgets';

export interface Parts {
  readonly app: JupyterFrontEnd;
  /** True where the page has room for tabs, as JupyterLab's. */
  readonly hasTabs: boolean;
  readonly words: TranslationBundle;
  readonly places: Places;
  readonly panel: Panel;
  readonly notebookTracker: INotebookTracker | null;
  /** The file browser, whose selected notebook a menu speaks of. */
  readonly files: IFileBrowserFactory | null;
  readonly badges: Badges | null;
  readonly runTabs: WidgetTracker<RunTab>;
  readonly runsTabs: WidgetTracker<RunsTab>;
  readonly driftTabs: WidgetTracker<DriftTab>;
  readonly compareTabs: WidgetTracker<CompareTab>;
}

export type Args = Readonly<Record<string, unknown>>;

export function text(args: Args, name: string): string {
  const given = args[name];
  return typeof given === 'string' ? given : '';
}

/** The schema of a command's arguments, all of which are texts. */
export function texts(...names: string[]) {
  const properties = Object.fromEntries(names.map(name => [name, { type: 'string' }]));
  return { args: { type: 'object', properties } };
}

export function addCommands(parts: Parts): void {
  addTabs(parts);
  addComparisons(parts);
  addDrifts(parts);
  addActions(parts);
  addNotebookCommands(parts);
  addCellCommands(parts);
}

function addTabs(parts: Parts): void {
  const { app, words, places, panel, runTabs, runsTabs } = parts;
  const { commands, shell } = app;

  commands.addCommand(COMMANDS.showPanel, {
    label: words.__('Show Runs'),
    caption: words.__('Show experiments and runs beside the notebook'),
    icon: runsIcon,
    describedBy: texts(),
    execute: () => {
      panel.choose('runs');
      shell.activateById(panel.id);
    }
  });

  commands.addCommand(COMMANDS.openRuns, {
    label: args => (args['isLauncher'] ? words.__('Experiments') : words.__('Open Table of Runs')),
    caption: words.__('Experiments and runs as a table'),
    icon: runsIcon,
    describedBy: texts('workspace', 'notebook', 'experiment', 'filter'),
    execute: async args => {
      const workspace = await workspaceOf(places, args);
      const look = { experiment: text(args, 'experiment'), filter: text(args, 'filter') };
      const fits = (tab: RunsTab) => tab.workspace === workspace;
      if ('experiment' in args) {
        runsTabs.find(fits)?.see(look);
      }
      const make = () => {
        const made = new RunsTab(places, workspace, look, words);
        made.lookChanged.connect(() => void runsTabs.save(made));
        return made;
      };
      const named = TABLE + new URLSearchParams(look).toString();
      return openTab(parts, runsTabs, fits, make, { workspace, named });
    }
  });

  commands.addCommand(COMMANDS.openRun, {
    label: words.__('Open Run'),
    icon: runsIcon,
    describedBy: texts('run', 'workspace', 'notebook', 'preview'),
    execute: async args => {
      const run = text(args, 'run');
      if (!run) {
        return undefined;
      }
      const workspace = await workspaceOf(places, args);
      return openTab(
        parts,
        runTabs,
        tab => tab.run === run,
        () => new RunTab(places, workspace, run, words),
        { workspace, named: run, isPreview: text(args, 'preview') === PREVIEW }
      );
    }
  });

  commands.addCommand(COMMANDS.openLink, {
    describedBy: texts('search'),
    execute: async args => {
      const query = new URLSearchParams(text(args, 'search'));
      await app.restored;
      const named = query.get('nbmlops') ?? '';
      const [workspace, notebook] = ['workspace', 'notebook'].map(name => query.get(name) ?? '');
      const open = (command: string, what: Record<string, string>) =>
        commands.execute(command, {
          ...what,
          workspace: workspace ?? '',
          notebook: notebook ?? ''
        });
      await (named.startsWith(LINKED)
        ? open(COMMANDS.openDrift, { run: named.slice(LINKED.length) })
        : named.startsWith(TABLE)
          ? open(
              COMMANDS.openRuns,
              Object.fromEntries(new URLSearchParams(named.slice(TABLE.length)))
            )
          : named.includes(',')
            ? open(COMMANDS.compareRuns, { runs: named })
            : open(COMMANDS.openRun, { run: named }));
    }
  });

  commands.addCommand(COMMANDS.copyRunLink, {
    label: words.__('Copy Link to Run'),
    describedBy: texts(),
    isEnabled: () => shell.currentWidget instanceof RunTab,
    execute: () => {
      const tab = shell.currentWidget;
      if (tab instanceof RunTab) {
        copyLink(places, tab.workspace, tab.run);
      }
    }
  });
}

function addNotebookCommands(parts: Parts): void {
  const { app, words, panel, places, notebookTracker, files } = parts;
  const { commands, shell } = app;
  const notebook = () => notebookTracker?.currentWidget?.context.path ?? null;
  const file = () => {
    const [item] = [...(files?.tracker.currentWidget?.selectedItems() ?? [])];
    return item?.type === 'notebook' ? item.path : null;
  };
  const ofTab = () => (shell.currentWidget instanceof RunTab ? shell.currentWidget.cell : null);
  const cellOf = (args: Args) => notebooks.cellOf(app, notebookTracker, args);

  commands.addCommand(COMMANDS.openNotebook, {
    label: words.__('Open Notebook of Run'),
    describedBy: texts('path', 'cell'),
    isEnabled: args => text(args, 'path') !== '' || Boolean(ofTab()?.notebook_path),
    execute: async args => {
      const path = text(args, 'path') || (ofTab()?.notebook_path ?? '');
      const id = text(args, 'path') ? text(args, 'cell') : (ofTab()?.cell_id ?? '');
      if (!(await notebooks.openNotebook(app, notebookTracker, path, id))) {
        notify(words.__('This server has no %1.', path), 'warning', { autoClose: 6000 });
      }
    }
  });

  commands.addCommand(COMMANDS.showNotebookRuns, {
    label: words.__('Show Runs of this Notebook'),
    icon: runsIcon,
    describedBy: texts('path'),
    isEnabled: args => text(args, 'path') !== '' || args['isFile'] === true || notebook() !== null,
    execute: args => {
      const path = text(args, 'path') || (args['isFile'] === true ? file() : notebook());
      if (path) {
        void places.follow(app.serviceManager.contents.localPath(path));
        const name = path.split('/').at(-1) ?? path;
        panel.choose('runs');
        panel.see({ experiment: '', filter: `notebook like ${literal(`%/${name}`)}` });
        shell.activateById(panel.id);
      }
    }
  });

  commands.addCommand(COMMANDS.trackCell, {
    label: words.__('Track this Cell'), // whose check says whether it is
    caption: words.__('Record this cell as a run, by %1', '%%track'),
    icon: runsIcon,
    describedBy: texts(),
    isEnabled: args => notebooks.canTrack(cellOf(args)),
    isToggleable: true,
    isToggled: args => notebooks.isTracked(cellOf(args)),
    execute: args => {
      if (notebookTracker) {
        notebooks.toggleTracking(notebookTracker, cellOf(args), words);
        commands.notifyCommandChanged(COMMANDS.trackCell);
      }
    }
  });
}

/** What can be done with the latest run of the cell in front. */
function addCellCommands(parts: Parts): void {
  const { app, words, notebookTracker, badges } = parts;
  const cell = (args: Args) =>
    badges?.of(notebooks.cellOf(app, notebookTracker, args)?.model.id ?? '') ?? null;
  const others = (args: Args) => {
    const found = cell(args);
    const best = found?.cell.best_run;
    return best && best !== found.cell.run ? { ...found, best } : null;
  };

  app.commands.addCommand(COMMANDS.openCellRun, {
    label: words.__('Open the Latest Run of this Cell'),
    icon: runsIcon,
    describedBy: texts(),
    isEnabled: args => cell(args) !== null,
    execute: args => {
      const found = cell(args);
      found?.host.openRun(found.cell.run);
    }
  });

  app.commands.addCommand(COMMANDS.compareCellRun, {
    label: words.__('Compare its Latest Run with the Best One'),
    icon: runsIcon,
    describedBy: texts(),
    isEnabled: args => others(args) !== null,
    execute: args => {
      const found = others(args);
      found?.host.openComparison?.([found.best, found.cell.run]);
    }
  });
}

export function addEntries(
  palette: ICommandPalette | null,
  launcher: ILauncher | null,
  words: TranslationBundle
): void {
  const category = words.__('MLOps');
  const { showPanel, showDrift, openRuns, compareRuns, showNotebookRuns, trackCell } = COMMANDS;
  const { copyDriftLink, copyRunLink, copyComparisonLink, openCellRun, compareCellRun } = COMMANDS;
  const { openSelectedRun, openNotebook, deleteRuns, exportComparison } = COMMANDS;
  const { renameRun, noteRun, tagRun } = COMMANDS;
  const cells = [trackCell, openCellRun, compareCellRun];
  const runs = [showPanel, showDrift, openRuns, compareRuns, showNotebookRuns, ...cells];
  const edits = [renameRun, noteRun, tagRun, deleteRuns];
  const links = [copyRunLink, copyComparisonLink, copyDriftLink];
  const inFront = [openSelectedRun, openNotebook, ...edits, ...links];
  for (const command of [...runs, ...inFront]) {
    palette?.addItem({ command, category });
  }
  for (const form of FORMS) {
    palette?.addItem({ command: exportComparison, args: { form }, category });
  }
  launcher?.add({ command: openRuns, args: { isLauncher: true }, category, rank: 1 });
}

/** The workspace that a command is given, else the one that applies. */
export async function workspaceOf(places: Places, args: Args): Promise<string> {
  const workspace = text(args, 'workspace');
  places.learn({ workspace, notebook: text(args, 'notebook') });
  return workspace || (await current(places));
}

export async function current(places: Places): Promise<string> {
  if (places.current === null) {
    await places.look();
  }
  return places.current ?? '';
}
