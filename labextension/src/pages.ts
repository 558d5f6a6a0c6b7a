/** The rows in sight of a table that lies on the server: pages come when they are looked at. */
import type { Client, RunsQuery } from './client';
import type { ParamValue } from './records';

export const PAGE_ROWS = 200;
const MOST_PAGES = 40;
const SETTLE_MS = 40;

export interface Row {
  readonly id: string;
  readonly values: Readonly<Record<string, ParamValue>>;
}

export interface PagesState {
  /** How many rows there are. */
  readonly total: number | null;
  /** How many runs there are where the rows are not only runs. */
  readonly runCount?: number;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly notes: readonly string[];
}

/** Pages of one query. `refresh` asks again for what is in sight and keeps showing what was there
 * until the answer comes. */
export class Pages {
  private readonly pages = new Map<number, readonly Row[]>();
  private readonly asked = new Map<number, AbortController>();
  private stale = new Set<number>();
  /** Pages whose answer was on its way when something changed. */
  private readonly outdated = new Set<number>();
  private first = 0;
  private last = 0;
  private timer = 0;
  private isDisposed = false;
  private state: PagesState = { total: null, error: null, isLoading: true, notes: [] };

  constructor(
    private readonly client: Client,
    private readonly query: RunsQuery,
    private readonly onChange: (state: PagesState) => void
  ) {}

  row(at: number): Row | undefined {
    return this.pages.get(Math.floor(at / PAGE_ROWS))?.[at % PAGE_ROWS];
  }

  /** Where a run stands among the rows that are known; -1 where it is not. */
  indexOf(id: string): number {
    for (const [page, rows] of this.pages) {
      const at = rows.findIndex(row => row.id === id);
      if (at >= 0) {
        return page * PAGE_ROWS + at;
      }
    }
    return -1;
  }

  /** Have the rows from `first` to `last`. */
  look(first: number, last: number): void {
    this.first = first;
    this.last = last;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), this.state.total === null ? 0 : SETTLE_MS);
  }

  /** Something changed: what is in sight comes anew at once, the rest when it is looked at. */
  refresh(): void {
    this.stale = new Set(this.pages.keys());
    for (const page of this.asked.keys()) {
      this.outdated.add(page);
    }
    this.ask();
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.timer);
    this.asked.forEach(each => each.abort());
  }

  private ask(): void {
    const from = Math.floor(this.first / PAGE_ROWS);
    const to = Math.floor(this.last / PAGE_ROWS);
    for (const [page, asked] of this.asked) {
      if (page < from || page > to) {
        asked.abort();
        this.asked.delete(page);
      }
    }
    for (let page = from; page <= to; page++) {
      if ((!this.pages.has(page) || this.stale.has(page)) && !this.asked.has(page)) {
        void this.fetch(page);
      }
    }
  }

  private async fetch(page: number): Promise<void> {
    const asked = new AbortController();
    this.asked.set(page, asked);
    try {
      const query = { ...this.query, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
      const answer = await this.client.runs(query, asked.signal);
      if (this.isDisposed || asked.signal.aborted) {
        return;
      }
      const { columns } = answer;
      const rows = answer.rows.map((values, at) => ({
        id: answer.ids[at] ?? '',
        values: Object.fromEntries(columns.map((name, which) => [name, values[which] ?? null]))
      }));
      this.stale.delete(page);
      this.pages.set(page, rows);
      this.forget(page);
      this.tell({ total: answer.total, error: null, isLoading: false, notes: answer.notes });
    } catch (error) {
      if (!this.isDisposed && !asked.signal.aborted) {
        this.tell({ ...this.state, error, isLoading: false });
      }
    } finally {
      if (this.asked.get(page) === asked) {
        this.asked.delete(page);
        if (this.outdated.delete(page) && !this.isDisposed) {
          this.stale.add(page);
          this.ask();
        }
      }
    }
  }

  private forget(near: number): void {
    if (this.pages.size > MOST_PAGES) {
      const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
      far.slice(0, this.pages.size - MOST_PAGES).forEach(page => this.pages.delete(page));
    }
  }

  private tell(state: PagesState): void {
    this.state = state;
    this.onChange(state);
  }
}
