import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../src/client';
import {
  adviceOf,
  AGAIN_MS,
  kindOf,
  lookFor,
  readTold,
  Recording,
  titleOf,
  type Looked,
  type Told
} from '../../src/elsewhere';
import { plainWords } from '../../src/words';

const TOLD: Told = { run: '01A', location: '/far', source: 'default', host: 'here', problem: '' };
const LOOKED: Looked = { location: '/near', host: 'here', foundIn: null, isExpected: false };

describe('what a message says of where a run goes', () => {
  it('is read from its transient part, and from nothing else', () => {
    expect(readTold({ display_id: 'x', nbmlops: { ...TOLD, cell: 'c' } })).toEqual(TOLD);
    for (const other of [undefined, null, 3, {}, { nbmlops: null }, { nbmlops: { run: '01A' } }]) {
      expect(readTold(other)).toBeNull();
    }
    expect(readTold({ nbmlops: { run: 'a', location: 'b', host: { evil: 1 } } })?.host).toBe('');
  });
});

describe('the case', () => {
  const kind = (told: Partial<Told>, looked: Partial<Looked> = {}) =>
    kindOf({ told: { ...TOLD, ...told }, looked: { ...LOOKED, ...looked } });

  it('follows from the place, the machine and where the run was found', () => {
    expect(kind({})).toBe('folder');
    expect(kind({ host: 'gpu-7' })).toBe('machine');
    expect(kind({ location: 'postgresql://db/runs', host: 'gpu-7' })).toBe('database');
    expect(kind({}, { foundIn: 'key' })).toBe('known');
    expect(kind({ location: '/near' })).toBe('late');
    expect(kind({ location: '/near', host: 'gpu-7' })).toBe('machine');
    const shared = 'postgresql://db/runs';
    expect(kind({ location: shared, host: 'gpu-7' }, { location: shared })).toBe('late');
  });

  it('is told with something to do', () => {
    for (const told of [
      TOLD,
      { ...TOLD, host: 'gpu-7' },
      { ...TOLD, source: 'NBMLOPS_WORKSPACE' }
    ]) {
      const finding = { told, looked: LOOKED };
      expect(titleOf(finding, 'deep/far.ipynb', plainWords)).toContain(
        'The kernel of far.ipynb records where'
      );
      expect(adviceOf(finding, plainWords)).toContain('NBMLOPS_WORKSPACE');
    }
  });
});

describe('looking for a run', () => {
  const has = new Map<string, string>();
  const asked: string[] = [];
  let isAway = false;
  const transport: Transport = {
    json: (_, path) => {
      asked.push(path);
      if (path.startsWith('workspaces')) {
        const workspaces = ['one', 'two', 'three'].map(key => ({ key, location: `/${key}` }));
        return Promise.resolve({ workspaces, current: 'two', problem: null, host: 'server' });
      }
      const query = new URLSearchParams(path.split('?')[1]);
      const key = query.get('workspace') ?? '';
      if (isAway || key === 'one') {
        return Promise.reject(new Error('away'));
      }
      const isThere = (query.get('deleted') === 'true' ? `${key} deleted` : key) === has.get('01A');
      return Promise.resolve({ total: isThere ? 1 : 0 });
    },
    blob: () => Promise.reject(new Error('not here')),
    stream: () => Promise.reject(new Error('not here'))
  };

  beforeEach(() => {
    has.clear();
    asked.length = 0;
    isAway = false;
  });

  it('begins where the notebook records, and ends there if it is found', async () => {
    has.set('01A', 'two');
    expect(await lookFor(transport, 'a.ipynb', TOLD)).toEqual({
      location: '/two',
      host: 'server',
      foundIn: 'two',
      isExpected: true
    });
    expect(asked.length).toBe(2);
    has.set('01A', 'two deleted');
    expect((await lookFor(transport, 'a.ipynb', TOLD))?.isExpected).toBe(true);
  });

  it('goes on in all others that are known, past one that does not answer', async () => {
    has.set('01A', 'three');
    expect(await lookFor(transport, 'a.ipynb', TOLD)).toMatchObject({
      foundIn: 'three',
      isExpected: false
    });
    has.clear();
    expect((await lookFor(transport, 'a.ipynb', TOLD))?.foundIn).toBeNull();
  });

  it('says nothing where the server could not say, and never sends it to a place', async () => {
    isAway = true;
    expect(await lookFor(transport, 'a.ipynb', TOLD)).toBeNull();
    expect(asked.join()).not.toContain('far');
  });
});

describe('where the kernel of a notebook records', () => {
  let answer: Looked | null = LOOKED;
  let asked = 0;
  let changes = 0;
  let recording: Recording;
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

  beforeEach(() => {
    vi.useFakeTimers();
    answer = LOOKED;
    asked = changes = 0;
    recording = new Recording(
      () => {
        asked += 1;
        return Promise.resolve(answer);
      },
      () => {
        changes += 1;
      }
    );
    recording.isSeen = true;
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('is said after a second look, and then nothing is asked', async () => {
    recording.hear(TOLD);
    await pass(AGAIN_MS - 1);
    expect([asked, recording.finding]).toEqual([1, null]);
    await pass(1);
    expect(recording.finding).toEqual({ told: TOLD, looked: LOOKED });
    await pass(600_000);
    expect([asked, changes]).toEqual([2, 1]);
  });

  it('is not said of a run that was only on its way, nor asked of its later ones', async () => {
    recording.hear(TOLD);
    await pass(1);
    answer = { ...LOOKED, foundIn: 'k', isExpected: true };
    await pass(AGAIN_MS);
    recording.hear({ ...TOLD, run: '01B' });
    recording.again();
    await pass(60_000);
    expect([asked, changes, recording.finding]).toEqual([2, 0, null]);
  });

  it('is said at once where the run is found in another workspace', async () => {
    answer = { ...LOOKED, foundIn: 'k' };
    recording.hear(TOLD);
    await pass(1);
    expect(recording.finding?.looked.foundIn).toBe('k');
  });

  it('is not asked while nobody looks, and asked when somebody does', async () => {
    recording.isSeen = false;
    recording.hear(TOLD);
    await pass(60_000);
    expect(asked).toBe(0);
    recording.isSeen = true;
    await pass(1);
    recording.isSeen = false; // before the second look
    await pass(60_000);
    expect([asked, recording.finding]).toEqual([1, null]);
    recording.isSeen = true;
    await pass(AGAIN_MS);
    expect(recording.finding).not.toBeNull();
  });

  it('goes when the kernel goes, and when it records elsewhere', async () => {
    recording.hear(TOLD);
    await pass(2 * AGAIN_MS);
    recording.forget();
    expect(recording.finding).toBeNull();
    await pass(60_000);
    expect(asked).toBe(2);

    recording.hear(TOLD);
    await pass(2 * AGAIN_MS);
    answer = { ...LOOKED, foundIn: 'k', isExpected: true };
    recording.hear({ ...TOLD, location: '/near' });
    expect(recording.finding).toBeNull();
    await pass(60_000);
    expect(recording.finding).toBeNull();
  });

  it('stays where the server does not answer, and asks again with the next run', async () => {
    answer = null;
    recording.hear(TOLD);
    await pass(60_000);
    expect([asked, recording.finding]).toEqual([1, null]);
    answer = LOOKED;
    recording.hear({ ...TOLD, run: '01B' });
    await pass(2 * AGAIN_MS);
    expect(recording.finding).not.toBeNull();
    answer = null;
    recording.hear({ ...TOLD, run: '01C' });
    await pass(60_000);
    expect(recording.finding?.told.run).toBe('01B');
  });

  it('is looked at with pauses, however fast runs come', async () => {
    for (let run = 0; run < 1000; run++) {
      recording.hear({ ...TOLD, run: String(run) });
      await pass(20);
    }
    expect(recording.finding).not.toBeNull();
    expect(asked).toBeLessThanOrEqual(8);
  });
});
