import { expect, test } from 'vitest';
import { axisOf, ticksOf } from '../../src/axes';
import { middle, pairsOf } from '../../src/diffs';
import type { Comparison } from '../../src/comparison';
import * as format from '../../src/format';
import { letterOf, lookOf, looksOf, MANY, rankedBy, sortedByRank } from '../../src/looks';
import { smoothed } from '../../src/smoothing';
import { digitsOf, isFlat } from '../../src/spans';

test('noise of computing is no difference of a metric, but one of a parameter', () => {
  const noise = { a: 0.5507041364, b: 0.5507041608 };
  const loss = axisOf('metrics.loss', 'loss', true, noise);
  expect([...(loss?.places.values() ?? [])]).toEqual([0.5, 0.5]);
  expect(loss?.ticks).toEqual([{ place: 0.5, text: '0.550704' }]);
  const seed = axisOf('params.seed', 'seed', false, { a: 2000000000, b: 2000000001 });
  expect([...(seed?.places.values() ?? [])]).toEqual([0, 1]);
  expect(isFlat(0.5623088475644537, 0.5623088475645585)).toBe(true);
  expect(isFlat(0, 1e-12)).toBe(false);
  expect(isFlat(0.55, 0.5501)).toBe(false);
});

test('what is written at the ticks of an axis differs however near they are', () => {
  const ticks = [0.550704, 0.5507041, 0.5507042, 0.5507043];
  const told = ticks.map(each => format.tick(each, digitsOf(ticks, 6)));
  expect(told).toEqual(['0.550704', '0.5507041', '0.5507042', '0.5507043']);
  expect(digitsOf([0.5, 0.6, null], 6)).toBe(6);
  expect(digitsOf([], 6)).toBe(6);
});

test('a unified diff becomes two columns with what was replaced opposite of what replaced it', () => {
  const pairs = pairsOf('@@ -3,4 +3,5 @@\n a\n-b = 1\n+b = 2\n+c = 3\n d\n[… 4 more lines …]');
  expect(pairs.map(each => each.kind)).toEqual(['gap', 'same', 'changed', 'added', 'same', 'note']);
  expect(pairs[0]?.note).toBe('2');
  expect(pairs[2]).toMatchObject({ left: { number: 4, text: 'b = 1' }, right: { number: 4 } });
  expect(pairs[3]).toMatchObject({ left: null, right: { number: 5, text: 'c = 3' } });
  expect(pairs[4]).toMatchObject({ left: { number: 5 }, right: { number: 6 } });
  expect(pairsOf('')).toEqual([]);
});

test('only the part of a line that differs is marked, and nothing where all of it does', () => {
  expect(middle('depth = 5', 'depth = 7')).toEqual({ start: 8, end: 0 });
  expect(middle('a = f(1)', 'a = f(1, 2)')).toEqual({ start: 7, end: 1 });
  expect(middle('aa', 'aaa')).toEqual({ start: 2, end: 0 });
  expect(middle('import a', '# a word on it')).toBeNull();
});

test('runs keep their letter, and looks come again only after many', () => {
  expect([0, 25, 26, 49].map(letterOf)).toEqual(['A', 'Z', 'AA', 'AX']);
  const looks = Array.from({ length: 48 }, (_, at) => lookOf(at));
  expect(new Set(looks.map(each => each.variable + each.dash.join())).size).toBe(48);
});

test('smoothing keeps the first value, gaps, and what a constant is', () => {
  const line = { label: '', x: [0, 1, 2, 3], y: [4, 4, null, 4] };
  expect(smoothed(line, 0.9).y).toEqual([4, 4, null, 4]);
  expect(smoothed(line, 0)).toBe(line);
  const jump = smoothed({ label: '', x: [0, 1, 2, 3], y: [0, 1, 1, 1] }, 0.5).y;
  expect(jump[0]).toBe(0);
  expect(jump[1]).toBeCloseTo(2 / 3);
  expect(jump[3]).toBeGreaterThan(jump[2] ?? 1);
});

test('numbers stand on an axis by their size, and by their logarithm where they span much', () => {
  const plain = axisOf('params.depth', 'depth', false, { a: 2, b: 4, c: 6 });
  expect([...(plain?.places ?? [])]).toEqual([
    ['a', 0],
    ['b', 0.5],
    ['c', 1]
  ]);
  const rate = axisOf('params.rate', 'rate', false, { a: 0.0001, b: 0.01, c: 1 });
  expect(rate?.isLog).toBe(true);
  expect(rate?.places.get('b')).toBeCloseTo(0.5);
  const loss = axisOf('metrics.loss', 'loss', true, { a: 1, b: 'NaN', c: 2 });
  expect(loss?.places.has('b')).toBe(false);
  expect(axisOf('metrics.x', 'x', true, { a: 'NaN' })).toBeNull();
});

test('what is no number stands as words, in the order of numbers among them', () => {
  const mixed = axisOf('params.depth', 'depth', false, { a: 10, b: null, c: 5, d: 'auto' });
  expect(mixed?.ticks.map(each => each.text)).toEqual(['5', '10', 'None', 'auto']);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`r${at}`, `w${at}`]));
  expect(axisOf('params.w', 'w', false, many)).toBeNull();
});

test('ticks are round numbers within their range', () => {
  expect(ticksOf(0.03, 0.97, false)).toEqual([0.25, 0.5, 0.75]);
  expect(ticksOf(0.0001, 1, true)).toEqual([0.0001, 0.001, 0.01, 0.1, 1]);
  expect(ticksOf(3, 3, false)).toEqual([3]);
});

/** A comparison of so many runs, whose loss goes down from run to run; the last one has none. */
function ranked(count: number): Comparison {
  const runs = Array.from({ length: count }, (_, at) => ({ id: `r${at}` }));
  const row = { name: 'loss', differs: true, better: 'lower', best: [], changes: {} };
  const values = Object.fromEntries(runs.slice(0, -1).map(({ id }, at) => [id, count - at]));
  const seed = { ...row, name: 'seed', better: null, values: {} };
  return { runs, metrics: [seed, { ...row, values }] } as unknown as Comparison;
}

test('the runs of a crowd are colored from the worst to the best, few runs each for itself', () => {
  const few = ranked(MANY);
  expect(rankedBy(few)).toBeNull();
  expect(looksOf(few).get('r8')).toEqual(lookOf(8));

  const crowd = ranked(MANY + 2);
  const looks = looksOf(crowd);
  expect(rankedBy(crowd)?.name).toBe('loss');
  expect(looks.get('r0')).toMatchObject({ letter: 'A', variable: '--nbm-rank-1', dash: [] });
  expect(looks.get('r16')).toMatchObject({ letter: 'Q', variable: '--nbm-rank-8', rank: 1 });
  expect(looks.get('r17')).toMatchObject({ variable: '--nbm-rank-none', rank: 0 });
  expect(sortedByRank(crowd.runs, looks).at(-1)?.id).toBe('r16');
});

test('a few powers of two stand evenly, each with its own tick', () => {
  const axis = axisOf('params.batch', 'batch', false, { a: 16, b: 64, c: 32 });
  expect([axis?.isLog, axis?.ticks.map(tick => tick.text)]).toEqual([true, ['16', '32', '64']]);
  expect(axis?.places.get('c')).toBeCloseTo(0.5);
});
