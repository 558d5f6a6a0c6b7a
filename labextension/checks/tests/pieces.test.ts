import { expect, test } from 'vitest';
import { lineOf } from '../../src/lines';
import { pieces } from '../../src/python';

test('code in pieces is still the code', () => {
  const source = `%%track x\ndef f(a):  # why\n    return "it's" + f'''{a}\n''' + 0x1F * 1.5e-3\nprint(f(None))`;
  const found = pieces(source);
  expect(found.map(each => each.text).join('')).toBe(source);
  const kinds = Object.fromEntries(found.map(each => [each.text, each.kind]));
  expect(kinds).toMatchObject({
    '%%track': 'magic',
    def: 'keyword',
    '# why': 'comment',
    '"it\'s"': 'string',
    '0x1F': 'number',
    None: 'atom',
    print: 'call'
  });
  expect(pieces('"""never closed').map(each => each.kind)).toEqual(['string']);
});

test('a curve goes from left to right, and breaks off where a number is none', () => {
  const series = {
    steps: [2, 1, 3],
    values: [5, 4, 'NaN'],
    times: [0, 1000, 2000],
    places: null,
    point_count: 3
  };
  expect(lineOf('loss', series, false)).toEqual({ label: 'loss', x: [1, 2, 3], y: [4, 5, null] });
  expect(lineOf('loss', series, true).x).toEqual([0, 1, 2]);
  const bare = { ...series, steps: [null, null, null] };
  expect(lineOf('loss', bare, false).x).toEqual([0, 1, 2]);
  const thinned = { ...bare, places: [0, 400, 999], point_count: 1000 };
  expect(lineOf('loss', thinned, false).x).toEqual([0, 400, 999]);
});
