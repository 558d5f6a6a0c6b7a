/** Badges on tracked cells: the latest run, its headline metric, how it stands, and whether the code
 * was edited since. They lie over the lower edge of the code and take no room. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Client, MissingServerError, type Transport } from '../client';
import type { Host } from '../host';
import type { CellRun } from '../routes';
import { badgeOf, isEdited } from '../standing';
import type { Cell } from './notebooks';
import type { Places } from './places';

const PAUSE_MS = 1500;
const TYPING_MS = 300;
const MARKS: Readonly<Record<string, string>> = {
  succeeded: '✓',
  failed: '✕',
  cancelled: '■',
  running: '●',
  lost: '?',
  reused: '↺'
};

export class Badges {
  private readonly notebooks = new Map<NotebookPanel, NotebookBadges>();

  constructor(
    private readonly tracker: INotebookTracker,
    private readonly transport: Transport,
    private readonly places: Places,
    private readonly words: TranslationBundle
  ) {
    tracker.widgetAdded.connect((_, panel) => this.add(panel));
    tracker.forEach(panel => this.add(panel));
    tracker.currentChanged.connect(() => this.look());
  }

  /** The latest run of a cell, as far as it is known. */
  of(cellId: string): { cell: CellRun; host: Host } | null {
    for (const badges of this.notebooks.values()) {
      const found = badges.of(cellId);
      if (found !== null) {
        return found;
      }
    }
    return null;
  }

  set isOn(isOn: boolean) {
    for (const badges of this.notebooks.values()) {
      badges.isOn = isOn;
    }
    this.shown = isOn;
    this.look();
  }

  private shown = true;

  private add(panel: NotebookPanel): void {
    const badges = new NotebookBadges(panel, this.transport, this.places, this.words);
    badges.isOn = this.shown;
    this.notebooks.set(panel, badges);
    panel.disposed.connect(() => {
      badges.dispose();
      this.notebooks.delete(panel);
    });
    void panel.context.ready.then(() => this.look());
  }

  /** Only the notebook that is seen is looked after. */
  private look(): void {
    for (const [panel, badges] of this.notebooks) {
      badges.isSeen = panel.isVisible || panel === this.tracker.currentWidget;
    }
  }
}

/** The badges of one notebook. */
class NotebookBadges {
  isOn = true;
  private host: Host | null = null;
  private cells: ReadonlyMap<string, CellRun> = new Map();
  private readonly typing = new Map<string, number>();
  private readonly watched = new Set<Cell>();
  private stop: (() => void) | null = null;
  private asked: AbortController | null = null;
  private askedAt = 0;
  private timer = 0;
  private isGone = false;

  constructor(
    private readonly panel: NotebookPanel,
    private readonly transport: Transport,
    private readonly places: Places,
    private readonly words: TranslationBundle
  ) {
    panel.content.modelContentChanged.connect(this.drawAll);
  }

  of(cellId: string): { cell: CellRun; host: Host } | null {
    const cell = this.cells.get(cellId);
    return cell && this.host ? { cell, host: this.host } : null;
  }

  dispose(): void {
    this.isGone = true;
    this.isSeen = false;
    for (const timer of this.typing.values()) {
      clearTimeout(timer);
    }
  }

  set isSeen(isSeen: boolean) {
    if (!isSeen || !this.isOn) {
      this.stop?.();
      this.stop = null;
      this.asked?.abort();
      clearTimeout(this.timer);
      this.timer = 0;
      if (!this.isOn) {
        this.cells = new Map();
        this.drawAll();
      }
    } else if (this.stop === null && !this.isGone) {
      this.stop = () => undefined;
      void this.begin();
    }
  }

  private get path(): string {
    return this.panel.context.localPath;
  }

  private async begin(): Promise<void> {
    try {
      const { current } = await new Client(this.transport, { notebook: this.path }).workspaces();
      if (this.stop === null || this.isGone) {
        return;
      }
      this.host = this.places.host(current);
      this.stop = this.host.live.listen(() => this.soon());
      this.soon();
    } catch (error) {
      // Without a server part there are no badges, and the panel says why.
      if (!(error instanceof MissingServerError)) {
        this.stop = null;
      }
    }
  }

  /** Ask, but not more often than a person can see. */
  private soon(): void {
    if (this.timer === 0) {
      const wait = Math.max(0, this.askedAt + PAUSE_MS - Date.now());
      this.timer = window.setTimeout(() => void this.ask(), wait);
    }
  }

  private async ask(): Promise<void> {
    this.timer = 0;
    this.askedAt = Date.now();
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const found = await this.host?.client.cells(this.path, this.asked.signal);
      if (found !== undefined) {
        this.cells = new Map(found.map(each => [each.cell_id, each]));
        this.drawAll();
      }
    } catch {
      // The next change asks again; what is known stays.
    }
  }

  private readonly drawAll = (): void => {
    for (const widget of this.panel.content.widgets) {
      if (widget.model.type === 'code') {
        this.watch(widget);
        void this.draw(widget);
      }
    }
  };

  private watch(widget: Cell): void {
    if (this.watched.has(widget)) {
      return;
    }
    this.watched.add(widget);
    // One that was not in sight had no place for it.
    void widget.ready.then(() => (widget.isDisposed ? undefined : this.draw(widget)));
    widget.disposed.connect(() => this.watched.delete(widget));
    widget.model.contentChanged.connect(() => {
      const { id } = widget.model;
      clearTimeout(this.typing.get(id));
      this.typing.set(
        id,
        window.setTimeout(() => void this.draw(widget), TYPING_MS)
      );
    });
  }

  private async draw(widget: Cell): Promise<void> {
    const cell = this.cells.get(widget.model.id);
    const edited = cell ? await isEdited(widget.model.sharedModel.getSource(), cell) : null;
    if (widget.isDisposed || cell !== this.cells.get(widget.model.id)) {
      return;
    }
    const place = widget.node.querySelector(':scope > .jp-Cell-inputWrapper');
    let badge = place?.querySelector<HTMLButtonElement>(':scope > .nbm-badge') ?? null;
    widget.toggleClass('nbm-mod-edited', edited === true);
    if (cell === undefined || place === null) {
      badge?.remove();
      return;
    }
    if (badge === null) {
      badge = document.createElement('button');
      badge.type = 'button';
      badge.className = 'nbm-badge nbm-root';
      badge.addEventListener('click', () => {
        const known = this.cells.get(widget.model.id);
        if (known) {
          this.host?.openRun(known.run);
        }
      });
      place.append(badge);
    }
    const told = badgeOf(cell, edited === true, this.words);
    badge.dataset['status'] = cell.status;
    badge.dataset['standing'] = cell.standing;
    badge.title = told.title;
    badge.setAttribute('aria-label', told.title.replace(/\n/g, '. '));
    badge.replaceChildren(
      part('nbm-badge-mark', MARKS[cell.status] ?? '○'),
      part('nbm-badge-name', told.name),
      ...(told.metric ? [part('nbm-badge-metric', told.metric)] : []),
      ...(told.change ? [part('nbm-badge-change', told.change)] : []),
      ...(edited === true ? [part('nbm-badge-edited', this.words.__('edited since'))] : [])
    );
  }
}

function part(className: string, text: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}
