import { expect, test } from 'vitest';
import * as format from '../../src/format';
import { block, link, visible } from '../../src/text';
import { plainWords } from '../../src/words';

test('numbers are as they are in the views of Python', () => {
  const shown = [0.891234, 12345678, 1234.5678, 1e-7, 2, 0, -0.5].map(each => format.number(each));
  expect(shown).toEqual(['0.8912', '12,345,678', '1,235', '1e-07', '2', '0', '-0.5000']);
  const odd = ['NaN', 'Infinity', '-Infinity'].map(each => format.number(each));
  expect(odd).toEqual(['NaN', '∞', '-∞']);
  expect(format.number('9007199254740993')).toBe('9.007e+15');
  expect(format.number(null)).toBe('');
});

test('a difference is as exact as the number that moved, as in the views of Python', () => {
  const of = (value: number, before: number) => format.difference(value - before, value);
  expect([of(0.8912, 0.8789), of(0.5, 0.4999999), of(12, 10)]).toEqual(['0.0123', '1e-07', '2']);
  expect([of(0.885, 0.89), of(1234.5, 1233), of(1e-7, 3e-7)]).toEqual(['0.0050', '1.5', '2e-07']);
  expect(format.difference('NaN', 0.5)).toBe('NaN');
  expect(format.difference('-Infinity', 'Infinity')).toBe('∞');
});

test('durations, sizes and ages have the units that matter', () => {
  const durations = [0.0042, 2.314, 75, 7260, 200000].map(each => format.duration(each));
  expect(durations).toEqual(['4 ms', '2.3 s', '1 min 15 s', '2 h 1 min', '2 d 7 h']);
  expect([0, 831, 431_000_000].map(each => format.size(each))).toEqual(['0 B', '831 B', '431 MB']);
  const now = Date.parse('2026-03-01T10:09:00Z');
  expect(format.age('2026-03-01T08:00:00Z', now, plainWords)).toBe('2 h ago');
  expect(format.age('no time', now, plainWords)).toBe('');
});

test('values are as they would be typed', () => {
  const shown = ['gini', 0.1, null, [1, 'a'], true, { a: [null] }].map(each => format.value(each));
  expect(shown).toEqual(['gini', '0.1', 'None', "[1, 'a']", 'True', "{'a': [None]}"]);
});

test('a number of many digits reads well, and tells all of them where that is needed', () => {
  const given = [0.1 + 0.2, 1 / 3, 0.00012345, [0.1 + 0.2, 1], 1234567.891, 1.23456789012e-12];
  const shown = given.map(each => format.value(each));
  const expected = ['0.3', '0.333333', '0.00012345', '[0.3, 1]', '1234568', '1.23457e-12'];
  expect(shown).toEqual(expected); // as `readable` of nbmlops/views/quantities.py has them
  expect(format.exact([0.1 + 0.2])).toBe('[0.30000000000000004]');
  expect(format.value(9007199254740991)).toBe('9007199254740991');
  expect(format.apart([0.1 + 0.2, 0.25])).toEqual(['0.3', '0.25']);
  expect(format.apart([0.1 + 0.2, 0.3])).toEqual(['0.30000000000000004', '0.3']);
  expect(format.apart([8, '8', 8])).toEqual(['8', "'8'", '8']);
});

test('what acts in a text is made visible', () => {
  expect(visible('a\u001b[31mb\n\u202ec\u{e0041}')).toBe('a\\x1b[31mb\\n\\u202ec\\U000e0041');
  expect(visible('\ud800 👩‍💻')).toBe('\\ud800 👩‍💻');
  expect(block('\u001b[31mred\u001b[0m\nnext\u0007')).toBe('red\nnext\\x07');
  expect(link('https://github.com/a/b')).toBe('https://github.com/a/b');
  expect(link('javascript:alert(1)')).toBeNull();
  expect(link('https://a@b/')).toBeNull();
});
