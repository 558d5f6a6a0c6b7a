/** Tracked runs among the running terminals and kernels: what runs now, and a way to stop it. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import * as format from '../format';
import type { Host } from '../host';
import type { Changed } from '../live';
import { visible } from '../text';
import { runsIcon } from './icons';
import type { Places } from './places';

const MOST = 100;
const PAUSE_MS = 1500;
const COLUMNS = ['name', 'experiment', 'started_at', 'notebook', 'parent_id', 'kernel_id'];
const SHOWN_IN = '.jp-RunningSessions-section, .jp-SearchableSessions-modal';

interface RunningRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly startedAt: string;
  readonly notebook: string;
  /** The kernel of this server that runs it; null where a script or another machine does. */
  readonly kernel: string | null;
}

/** The section of running runs; it asks only while somebody looks at it. */
export class RunningRuns implements IRunningSessions.IManager {
  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly shutdownItemIcon = stopIcon;
  readonly supportsMultipleViews = false;
  readonly runningChanged = new Signal<this, void>(this);

  private runs: readonly RunningRun[] = [];
  private host: Host | null = null;
  private key: string | null = null;
  private stop: (() => void) | null = null;
  private sequence: number | null = null;
  private isStale = false;
  private isAsking = false;
  private askedAt = 0;
  private timer = 0;

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly places: Places,
    private readonly words: TranslationBundle
  ) {
    this.name = words.__('Tracked Runs');
    this.shutdownLabel = words.__('Interrupt');
    this.shutdownAllLabel = words.__('Interrupt All');
    this.shutdownAllConfirmationText = words.__(
      'Interrupt every kernel of this server that executes a tracked run? Variables stay; the runs end as cancelled.'
    );
    places.changed.connect(this.follow);
    this.follow();
  }

  running(): IRunningSessions.IRunningItem[] {
    this.soon();
    const { host, words } = this;
    return this.runs.map(run => {
      const { kernel } = run;
      const name = visible(run.name, 60) || words.__('unnamed');
      return {
        icon: () => runsIcon,
        label: () => name,
        labelTitle: () =>
          [
            `${name} · ${visible(run.experiment, 80)}`,
            words.__('Started: %1', format.instant(run.startedAt)),
            ...(run.notebook ? [words.__('Notebook: %1', visible(run.notebook, 200))] : []),
            ...(kernel === null ? [words.__('No kernel of this server executes it.')] : [])
          ].join('\n'),
        detail: () => visible(run.notebook || run.experiment, 40),
        open: () => host?.openRun(run.id),
        ...(kernel === null ? {} : { shutdown: () => void this.interrupt([kernel]) })
      };
    });
  }

  shutdownAll(): void {
    const kernels = this.runs.map(run => run.kernel).filter(kernel => kernel !== null);
    void this.interrupt([...new Set(kernels)]);
  }

  refreshRunning(): void {
    this.isStale = true;
    this.soon();
  }

  private readonly follow = (): void => {
    const { current } = this.places;
    if (current === null || current === this.key) {
      return;
    }
    this.stop?.();
    this.key = current;
    this.host = this.places.host(current);
    this.sequence = null;
    this.show([]);
    this.stop = this.host.live.listen(this.hear);
  };

  private readonly hear = (changed: Changed): void => {
    if (changed.sequence !== this.sequence && (changed.running > 0 || this.runs.length > 0)) {
      this.isStale = true;
      this.soon();
    }
    this.sequence = changed.sequence;
  };

  /** Ask, if somebody looks, and not more often than a person can see. */
  private soon(): void {
    if (this.isStale && !this.isAsking && this.timer === 0) {
      const wait = Math.max(0, this.askedAt + PAUSE_MS - Date.now());
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        if (isSeen()) {
          void this.ask();
        }
      }, wait);
    }
  }

  private async ask(): Promise<void> {
    const { host } = this;
    if (host === null) {
      return;
    }
    this.isAsking = true;
    this.isStale = false;
    this.askedAt = Date.now();
    try {
      const runs = await this.find(host);
      if (host === this.host) {
        this.show(runs);
      }
    } catch {
      // Whoever looks at the panel sees what is wrong; the next change asks again.
    } finally {
      this.isAsking = false;
      this.soon();
    }
  }

  private async find(host: Host): Promise<readonly RunningRun[]> {
    const query = { filter: "status = 'running'", columns: COLUMNS, limit: MOST };
    const { ids, rows } = await host.client.runs(query);
    const text = (at: number, column: number) => {
      const value = rows[at]?.[column];
      return typeof value === 'string' ? value : '';
    };
    const kernels = await this.kernels(
      host,
      ids.map((id, at) => [id, text(at, 5)])
    );
    return ids.map((id, at) => ({
      id,
      name: text(at, 0),
      experiment: text(at, 1),
      startedAt: text(at, 2),
      notebook: text(at, 3),
      kernel: kernels.get(id) ?? kernels.get(text(at, 4)) ?? null
    }));
  }

  /** The kernel of each run that a kernel of this server executes: the one that the run says. Those
   * of earlier versions say none; there it is that of the notebook whose cell had the run last. */
  private async kernels(
    host: Host,
    runs: readonly (readonly [string, string])[]
  ): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    if (runs.length === 0) {
      return found;
    }
    const { contents, kernels, sessions } = this.app.serviceManager;
    await Promise.all([kernels.refreshRunning(), sessions.refreshRunning()]);
    const known = new Set([...kernels.running()].map(({ id }) => id));
    runs.filter(([, kernel]) => known.has(kernel)).forEach(each => found.set(...each));
    if (runs.some(([, kernel]) => kernel === '')) {
      const asked = [...sessions.running()].map(async ({ path, type, kernel }) => {
        if (type === 'notebook' && kernel) {
          for (const { run } of await host.client.cells(contents.localPath(path))) {
            found.set(run, found.get(run) ?? kernel.id);
          }
        }
      });
      await Promise.allSettled(asked);
    }
    return found;
  }

  private async interrupt(kernels: readonly string[]): Promise<void> {
    for (const kernel of kernels) {
      try {
        await this.host?.stopper?.(kernel)?.();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.host?.tell('error', this.words.__('The kernel was not interrupted: %1', why));
      }
    }
  }

  private show(runs: readonly RunningRun[]): void {
    this.runs = runs;
    this.runningChanged.emit();
  }
}

function isSeen(): boolean {
  const places = [...document.querySelectorAll<HTMLElement>(SHOWN_IN)];
  return !document.hidden && places.some(each => each.offsetParent !== null);
}
