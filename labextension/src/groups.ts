/** The rows of a table whose runs stand in groups: heads, and below the open ones their runs. */
import type { Client, RunsQuery } from './client';
import { narrowed, term } from './filters';
import { Pages, type PagesState, type Row } from './pages';
import type { RunGroup } from './routes';

export type GroupedBy = 'experiment' | 'notebook' | 'parent_id';

export const GROUPED_BY: readonly GroupedBy[] = ['experiment', 'notebook', 'parent_id'];

export interface Head {
  readonly group: RunGroup;
  readonly key: string;
  readonly isOpen: boolean;
}

interface Part {
  readonly head: Head;
  /** The place of the head; its runs follow. */
  readonly start: number;
  readonly rows: number;
}

/** What tells groups apart, also the one of runs that have no value. */
export function keyOfGroup(group: RunGroup): string {
  return group.value === null ? 'none' : `=${group.value}`;
}

/** The same face as `Pages`, with heads in between. */
export class GroupedPages {
  private groups: readonly RunGroup[] = [];
  private parts: readonly Part[] = [];
  private readonly pages = new Map<string, { pages: Pages; total: number | null }>();
  private readonly open = new Set<string>();
  private asked: AbortController | null = null;
  private isStale = false;
  private isDisposed = false;
  private first = 0;
  private last = 0;
  private state: PagesState = { total: null, error: null, isLoading: true, notes: [] };

  constructor(
    private readonly client: Client,
    private readonly query: RunsQuery,
    private readonly by: GroupedBy,
    private readonly onChange: (state: PagesState) => void
  ) {
    void this.fetch();
  }

  row(at: number): Row | undefined {
    const part = this.partAt(at);
    return part === undefined || at === part.start
      ? undefined
      : this.pages.get(part.head.key)?.pages.row(at - part.start - 1);
  }

  head(at: number): Head | null {
    const part = this.partAt(at);
    return part?.start === at ? part.head : null;
  }

  /** The place of the head that a row stands below. */
  headOf(at: number): number {
    return this.partAt(at)?.start ?? -1;
  }

  toggle(at: number): void {
    const head = this.head(at);
    if (head === null) {
      return;
    }
    if (this.open.delete(head.key)) {
      this.pages.get(head.key)?.pages.dispose();
      this.pages.delete(head.key);
    } else {
      this.open.add(head.key);
    }
    this.arrange();
  }

  look(first: number, last: number): void {
    [this.first, this.last] = [first, last];
    for (const part of this.parts) {
      const [from, to] = [Math.max(first - part.start - 1, 0), last - part.start - 1];
      if (part.rows > 0 && to >= 0 && from < part.rows) {
        this.pages.get(part.head.key)?.pages.look(from, Math.min(to, part.rows - 1));
      }
    }
  }

  refresh(): void {
    if (this.asked !== null) {
      this.isStale = true; // what is under way may have been asked before the change
    } else {
      void this.fetch();
    }
    this.pages.forEach(({ pages }) => pages.refresh());
  }

  dispose(): void {
    this.isDisposed = true;
    this.asked?.abort();
    this.pages.forEach(({ pages }) => pages.dispose());
  }

  private partAt(at: number): Part | undefined {
    let [low, high] = [0, this.parts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.parts[middle]?.start ?? 0) <= at) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    const part = this.parts[low];
    return part !== undefined && at >= part.start && at <= part.start + part.rows
      ? part
      : undefined;
  }

  private async fetch(): Promise<void> {
    const asked = new AbortController();
    this.asked = asked;
    try {
      const { experiment, filter } = this.query;
      const given = { by: this.by, experiment, filter };
      const answer = await this.client.groups(given, asked.signal);
      if (this.isDisposed) {
        return;
      }
      this.groups = answer.groups;
      const left = answer.group_count - answer.groups.length;
      this.state = {
        total: 0,
        runCount: answer.run_count,
        error: null,
        isLoading: false,
        notes: left > 0 ? [String(left)] : []
      };
      this.arrange();
    } catch (error) {
      if (!this.isDisposed) {
        this.onChange((this.state = { ...this.state, error, isLoading: false }));
      }
    } finally {
      this.asked = null;
      if (this.isStale && !this.isDisposed) {
        this.isStale = false;
        void this.fetch();
      }
    }
  }

  /** Where everything stands, anew; who looks is told. */
  private arrange(): void {
    const parts: Part[] = [];
    let start = 0;
    for (const group of this.groups) {
      const key = keyOfGroup(group);
      const isOpen = this.open.has(key);
      if (isOpen && !this.pages.has(key)) {
        this.pages.set(key, { pages: this.pagesOf(group, key), total: null });
      }
      const rows = isOpen ? (this.pages.get(key)?.total ?? group.run_count) : 0;
      parts.push({ head: { group, key, isOpen }, start, rows });
      start += rows + 1;
    }
    this.parts = parts;
    this.state = { ...this.state, total: start };
    this.look(this.first, this.last);
    this.onChange(this.state);
  }

  private pagesOf(group: RunGroup, key: string): Pages {
    const filter = narrowed(this.query.filter ?? '', term(this.by, group.value, true));
    return new Pages(this.client, { ...this.query, filter }, state => {
      const known = this.pages.get(key);
      if (this.isDisposed || known === undefined) {
        return;
      }
      known.total = state.total ?? known.total;
      this.state = { ...this.state, error: state.error };
      this.arrange();
    });
  }
}
