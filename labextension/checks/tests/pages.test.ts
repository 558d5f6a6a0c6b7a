import { expect, test, vi } from 'vitest';
import { Client, type Transport } from '../../src/client';
import { Pages, type PagesState } from '../../src/pages';

/** A server with one run, whose name changes; it answers when it is told to. */
class Slow implements Transport {
  name = 'before';
  readonly waiting: (() => void)[] = [];

  json(): Promise<unknown> {
    const rows = [[this.name]]; // as it was when it was asked
    return new Promise(done =>
      this.waiting.push(() =>
        done({ columns: ['name'], rows, ids: ['a'], total: 1, cursor: null, notes: [] })
      )
    );
  }

  blob(): Promise<Blob> {
    return Promise.reject(new Error('no artifacts'));
  }

  stream(): Promise<ReadableStream<Uint8Array>> {
    return Promise.reject(new Error('no events'));
  }

  async answer(): Promise<void> {
    await expect.poll(() => this.waiting.length).toBeGreaterThan(0);
    this.waiting.shift()?.();
  }
}

test('what changes while an answer is on its way is asked for again', async () => {
  vi.stubGlobal('window', globalThis);
  const server = new Slow();
  let state: PagesState = { total: null, error: null, isLoading: true, notes: [] };
  const pages = new Pages(new Client(server), { columns: ['name'] }, next => (state = next));
  pages.look(0, 0);
  await expect.poll(() => server.waiting.length).toBe(1);

  server.name = 'after';
  pages.refresh();
  await server.answer();
  await expect.poll(() => state.total).toBe(1);
  await server.answer();
  await expect.poll(() => pages.row(0)?.values['name']).toBe('after');

  // Once is enough: nothing more is asked.
  await new Promise(done => setTimeout(done, 100));
  expect(server.waiting.length).toBe(0);
  pages.dispose();
});
