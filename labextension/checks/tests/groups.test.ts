import { expect, test, vi } from 'vitest';
import { Client, type Transport } from '../../src/client';
import { GroupedPages } from '../../src/groups';
import type { PagesState } from '../../src/pages';
import type { RunGroup } from '../../src/routes';

const group = (value: string | null, run_count: number): RunGroup => ({
  value,
  label: null,
  run_count,
  running_count: 0,
  latest_at: null
});

/** A server that has these groups, and as many runs in each as they say. */
class Server implements Transport {
  readonly asked: string[] = [];

  constructor(public groups: RunGroup[]) {}

  json(_: string, path: string): Promise<unknown> {
    this.asked.push(decodeURIComponent(path.replace(/\+/g, ' ')));
    if (path.startsWith('groups')) {
      const run_count = this.groups.reduce((sum, each) => sum + each.run_count, 0);
      return Promise.resolve({ groups: this.groups, group_count: this.groups.length, run_count });
    }
    const filter = new URLSearchParams(path.split('?')[1]).get('filter') ?? '';
    const wanted = this.groups.find(each =>
      each.value === null ? filter.endsWith('is null') : filter.endsWith(`'${each.value}'`)
    );
    const total = wanted?.run_count ?? 0;
    const ids = Array.from({ length: total }, (_, at) => `${wanted?.value ?? 'none'}-${at}`);
    const rows = ids.map(id => [id]);
    return Promise.resolve({ columns: ['name'], rows, ids, total, cursor: null, notes: [] });
  }

  blob(): Promise<Blob> {
    return Promise.reject(new Error('no artifacts'));
  }

  stream(): Promise<ReadableStream<Uint8Array>> {
    return Promise.reject(new Error('no events'));
  }
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds).toBe(true);
}

test('heads stand between runs, which come when their group is opened', async () => {
  vi.stubGlobal('window', globalThis); // whose timers pages use
  const server = new Server([group('a', 2), group(null, 1), group('b', 3)]);
  let state: PagesState = { total: null, error: null, isLoading: true, notes: [] };
  const query = { experiment: '', filter: 'x = 1 or x = 2', columns: ['name'] };
  const pages = new GroupedPages(new Client(server), query, 'notebook', next => (state = next));
  await until(() => state.total === 3);
  expect(state.runCount).toBe(6);
  expect(server.asked).toEqual(['groups?by=notebook&filter=x = 1 or x = 2']);

  pages.look(0, 10);
  pages.toggle(0);
  await until(() => pages.row(1) !== undefined);
  expect(state.total).toBe(5);
  expect([0, 1, 2, 3, 4].map(at => pages.row(at)?.id ?? pages.head(at)?.key)).toEqual([
    '=a',
    'a-0',
    'a-1',
    'none',
    '=b'
  ]);
  expect(server.asked.at(-1)).toContain("(x = 1 or x = 2) and notebook = 'a'");
  expect([pages.headOf(2), pages.headOf(3), pages.head(9)]).toEqual([0, 3, null]);

  pages.toggle(3);
  await until(() => pages.row(4)?.id === 'none-0');
  expect(server.asked.at(-1)).toContain('and notebook is null');

  // More runs come in while somebody looks; a closed group takes its runs along.
  server.groups = [group('a', 4), group(null, 1), group('b', 3)];
  pages.refresh();
  await until(() => pages.row(4)?.id === 'a-3');
  pages.toggle(0);
  expect(state.total).toBe(4);
  expect(pages.row(2)?.id).toBe('none-0');
  pages.dispose();
});
