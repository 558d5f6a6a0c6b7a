/** The door to JupyterLab: everything of the house that it can use is asked for, nothing is needed. */
import {
  ILabShell,
  ILayoutRestorer,
  IRouter,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Badges } from './lab/badges';
import { addCommands, addEntries } from './lab/commands';
import type { CompareTab } from './lab/comparing';
import type { DriftTab } from './lab/drifting';
import { Elsewhere } from './lab/elsewhere';
import { Finished } from './lab/finished';
import { makeHost } from './lab/host';
import { COMMANDS, PANEL, PLUGIN } from './lab/names';
import { keepReadable } from './lab/outputs';
import { given } from './lab/opening';
import { Places } from './lab/places';
import { adoptCards } from './lab/reloaded';
import { RunningRuns } from './lab/running';
import { RunningItem } from './lab/status';
import { LabTransport } from './lab/transport';
import { OPEN, WORDS, type Asked, type Opening } from './opening';
import { Panel, type RunsTab, type RunTab } from './lab/widgets';

const NOTIFY_AFTER_SECONDS = 60;

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Experiments and runs beside the notebook.',
  autoStart: true,
  optional: [
    ILabShell,
    ILayoutRestorer,
    IRouter,
    ICommandPalette,
    IFileBrowserFactory,
    ILauncher,
    INotebookTracker,
    IRenderMimeRegistry,
    IRunningSessionManagers,
    ISettingRegistry,
    IStateDB,
    IStatusBar,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    router: IRouter | null,
    palette: ICommandPalette | null,
    files: IFileBrowserFactory | null,
    launcher: ILauncher | null,
    notebookTracker: INotebookTracker | null,
    rendermime: IRenderMimeRegistry | null,
    sessions: IRunningSessionManagers | null,
    registry: ISettingRegistry | null,
    state: IStateDB | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    const words = (translator ?? nullTranslator).load('nbmlops');
    const transport = new LabTransport(app.serviceManager.serverSettings);
    const lab = { app, words, state, rendermime };
    const places = new Places(transport, (client, live) => makeHost(lab, client, live));
    const elsewhere = notebookTracker ? new Elsewhere(notebookTracker, transport, places) : null;
    const panel = new Panel(places, words, state, elsewhere);
    const runTabs = new WidgetTracker<RunTab>({ namespace: 'nbmlops-run' });
    const runsTabs = new WidgetTracker<RunsTab>({ namespace: 'nbmlops-runs' });
    const driftTabs = new WidgetTracker<DriftTab>({ namespace: 'nbmlops-drift' });
    const compareTabs = new WidgetTracker<CompareTab>({ namespace: 'nbmlops-compare' });

    const hasTabs = labShell !== null;
    const tabs = { runTabs, runsTabs, compareTabs, driftTabs };
    const badges = notebookTracker ? new Badges(notebookTracker, transport, places, words) : null;
    addCommands({ app, hasTabs, words, places, panel, notebookTracker, files, badges, ...tabs });
    addEntries(palette, launcher, words);
    app.shell.add(panel, 'left', { rank: 450, type: 'nbmlops' });
    restorer?.add(panel, PANEL);
    document.addEventListener(WORDS, event => {
      (event as CustomEvent<Asked>).detail.words = words;
    });
    // A widget under a cell is no part of this plugin, and asks for tabs by an event of the page.
    document.addEventListener(OPEN, event => {
      const { runs, workspace, view } = (event as CustomEvent<Opening>).detail;
      const path = notebookTracker?.currentWidget?.context.localPath;
      places.learn({ workspace, notebook: path });
      const openOne = view === 'drift' ? COMMANDS.openDrift : COMMANDS.openRun;
      void (runs.length > 1
        ? app.commands.execute(COMMANDS.compareRuns, { runs: runs.join(','), workspace })
        : app.commands.execute(openOne, { run: runs[0] ?? '', workspace }));
    });
    if (restorer) {
      void restorer.restore(runTabs, {
        command: COMMANDS.openRun,
        args: tab => ({ run: tab.run, ...given(places.scope(tab.workspace)) }),
        name: tab => tab.run
      });
      void restorer.restore(driftTabs, {
        command: COMMANDS.openDrift,
        args: tab => ({ run: tab.run, ...given(places.scope(tab.workspace)) }),
        name: tab => tab.run
      });
      void restorer.restore(runsTabs, {
        command: COMMANDS.openRuns,
        args: tab => ({ ...tab.look, ...given(places.scope(tab.workspace)) }),
        name: tab => tab.workspace
      });
      void restorer.restore(compareTabs, {
        command: COMMANDS.compareRuns,
        args: tab => ({
          runs: tab.runs.join(','),
          tab: tab.key,
          ...given(places.scope(tab.workspace))
        }),
        name: tab => tab.key
      });
    }
    router?.register({ command: COMMANDS.openLink, pattern: /[?&]nbmlops=/ });

    if (notebookTracker) {
      keepReadable(notebookTracker);
      adoptCards(notebookTracker, transport, places);
    }
    const { contents } = app.serviceManager;
    const follow = () => {
      const path = notebookTracker?.currentWidget?.context.path;
      void places.follow(path === undefined ? undefined : contents.localPath(path));
    };
    notebookTracker?.currentChanged.connect(follow);
    notebookTracker?.activeCellChanged.connect(() =>
      app.commands.notifyCommandChanged(COMMANDS.trackCell)
    );
    // Looking for workspaces waits until the notebooks are there, which people wait for.
    void app.restored.then(follow);

    sessions?.add(new RunningRuns(app, places, words));
    statusBar?.registerStatusItem('nbmlops:running', {
      item: new RunningItem(places, words, () => void app.commands.execute(COMMANDS.showPanel)),
      align: 'right',
      rank: 10
    });

    let notifyAfterSeconds = NOTIFY_AFTER_SECONDS;
    void registry?.load(PLUGIN).then(settings => {
      const read = () => {
        notifyAfterSeconds = Number(settings.get('notifyAfterSeconds').composite);
        if (badges) {
          badges.isOn = settings.get('showBadges').composite !== false;
        }
      };
      settings.changed.connect(read);
      read();
    });
    let finished: { key: string; watch: Finished } | null = null;
    places.changed.connect(() => {
      const key = places.current;
      if (key !== null && key !== finished?.key) {
        finished?.watch.dispose();
        finished = { key, watch: new Finished(places.host(key), words, () => notifyAfterSeconds) };
      }
    });
  }
};

export default plugin;
