/** Looks after where the kernels of open notebooks record: only what a live kernel says in this session
 * counts, so that a notebook that papermill has written, or a colleague has sent, says nothing. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { Transport } from '../client';
import { kindOf, lookFor, readTold, Recording, type Finding, type Told } from '../elsewhere';
import { GONE } from './outputs';
import type { Places } from './places';

const STORED = 'nbmlops:place:';

/** Says of the notebook in front that its kernel records elsewhere, while the panel is seen. */
export class Elsewhere {
  readonly changed = new Signal<this, void>(this);
  private readonly recordings = new Map<NotebookPanel, Recording>();
  private isPanelSeen = false;
  private stop: (() => void) | null = null;
  private listeningTo: string | null = null;
  private known = '';
  private told: Finding | null = null;

  constructor(
    private readonly tracker: INotebookTracker,
    private readonly transport: Transport,
    private readonly places: Places
  ) {
    tracker.forEach(panel => this.add(panel));
    tracker.widgetAdded.connect((_, panel) => this.add(panel));
    tracker.currentChanged.connect(() => this.follow());
    document.addEventListener('visibilitychange', () => this.follow());
    places.changed.connect(() => {
      const known = places.known.map(({ key }) => key).join();
      if (known !== this.known) {
        this.known = known;
        this.front?.again();
      }
    });
  }

  /** What there is to say of the notebook in front. */
  get finding(): Finding | null {
    const finding = this.front?.finding ?? null;
    return finding !== null && finding.looked.foundIn === this.places.current ? null : finding;
  }

  /** The path of the notebook in front. */
  get notebook(): string {
    return this.tracker.currentWidget?.context.localPath ?? '';
  }

  /** Whether somebody sees the panel. */
  set isSeen(isSeen: boolean) {
    if (isSeen !== this.isPanelSeen) {
      this.isPanelSeen = isSeen;
      this.follow();
    }
  }

  private get front(): Recording | undefined {
    const { currentWidget } = this.tracker;
    return currentWidget === null ? undefined : this.recordings.get(currentWidget);
  }

  private add(panel: NotebookPanel): void {
    const { sessionContext } = panel;
    const recording = new Recording(
      told => lookFor(this.transport, panel.context.localPath, told),
      () => this.tell()
    );
    this.recordings.set(panel, recording);
    const recall = () => {
      const told = recalled(sessionContext.session?.kernel?.id);
      if (told !== null) {
        recording.hear(told);
      }
    };
    sessionContext.iopubMessage.connect((_, message) => {
      const kind = message.header.msg_type;
      if (kind === 'display_data' || kind === 'update_display_data') {
        const { transient } = message.content as KernelMessage.IDisplayDataMsg['content'];
        const told = readTold(transient);
        if (told !== null) {
          remember(sessionContext.session?.kernel?.id, told);
          recording.hear(told);
        }
      }
    });
    sessionContext.statusChanged.connect((_, status) => {
      if (GONE.has(status)) {
        remember(sessionContext.session?.kernel?.id, null);
        recording.forget();
      }
    });
    sessionContext.kernelChanged.connect((_, { oldValue, newValue }) => {
      if (oldValue?.id !== newValue?.id) {
        recording.forget();
        recall();
      }
    });
    recall();
    panel.context.pathChanged.connect(() => this.changed.emit());
    panel.disposed.connect(() => {
      recording.isSeen = false;
      this.recordings.delete(panel);
      this.follow();
    });
    this.follow();
  }

  /** Only the notebook in front is looked for, and only while that is seen. */
  private follow(): void {
    const isSeen = this.isPanelSeen && !document.hidden;
    const { front } = this;
    for (const recording of this.recordings.values()) {
      recording.isSeen = isSeen && recording === front;
    }
    this.tell();
  }

  private tell(): void {
    this.listen();
    const finding = this.front?.finding ?? null;
    if (finding !== this.told) {
      this.told = finding;
      this.changed.emit();
    }
  }

  /** What is only late comes with a change of the workspace that is looked at. */
  private listen(): void {
    const finding = this.isPanelSeen ? (this.front?.finding ?? null) : null;
    const isLate = finding !== null && kindOf(finding) === 'late';
    const key = isLate ? this.places.current : null;
    if (key === this.listeningTo) {
      return;
    }
    this.stop?.();
    this.stop = null;
    this.listeningTo = key;
    if (key !== null) {
      const { live } = this.places.host(key);
      const { known } = live;
      this.stop = live.listen(changed => {
        if (changed !== known) {
          this.front?.again();
        }
      });
    }
  }
}

/** What a kernel said last, for as long as this tab of the browser is there: a page that is loaded
 * anew is told nothing again. */
function remember(kernel: string | undefined, told: Told | null): void {
  if (kernel === undefined) {
    return;
  }
  try {
    if (told === null) {
      sessionStorage.removeItem(STORED + kernel);
    } else {
      sessionStorage.setItem(STORED + kernel, JSON.stringify({ nbmlops: told }));
    }
  } catch {
    // A browser that keeps nothing hears it with the next run.
  }
}

function recalled(kernel: string | undefined): Told | null {
  try {
    return kernel === undefined
      ? null
      : readTold(JSON.parse(sessionStorage.getItem(STORED + kernel) ?? 'null'));
  } catch {
    return null;
  }
}
