import { describe, expect, test } from 'vitest';
import { complete, keyOf, literal, narrowed, term } from '../../src/filters';

const FIELDS = {
  attributes: ['status', 'name', 'started_at', 'experiment'],
  metrics: ['auc', 'val/loss', 'odd name'],
  params: ['max_depth'],
  tags: ['team']
};

const at = (text: string) => {
  const cursor = text.includes('|') ? text.indexOf('|') : text.length;
  return complete(text.replace('|', ''), cursor, FIELDS, ['churn']);
};
const offered = (text: string) => at(text).options.map(option => option.text);

describe('what may come next', () => {
  test('a key, where a term begins', () => {
    expect(offered('')).toContain('metrics.auc');
    expect(offered('metrics.auc > 0.8 and ')).toContain('params.max_depth');
    expect(offered('not (')).toContain('status');
  });

  test('a key is found by any part of its name, and takes the place of what was typed', () => {
    expect(offered('dep')).toEqual(['params.max_depth']);
    expect(at('metrics.auc > 1 and tea| or x')).toMatchObject({ from: 20, to: 23 });
  });

  test('an operator after a key, a value after an operator, a connector after a value', () => {
    expect(offered('metrics.auc ')).toContain('>=');
    expect(offered('status = ')).toContain("'failed'");
    expect(offered("experiment = 'ch")).toEqual(["'churn'"]);
    expect(offered('metrics.auc > 0.8 ')).toEqual(['and', 'or']);
    expect(offered("status in ('failed', ")).toContain("'lost'");
  });

  test('names that are not plain come in backticks', () => {
    expect(offered('odd')).toEqual(['metrics.`odd name`']);
    expect(offered('metrics.`odd name` ')).toContain('=');
  });
});

describe('terms by a click', () => {
  test('a value is quoted as the language wants it', () => {
    expect(term('params.max_depth', 4, true)).toBe('params.max_depth = 4');
    expect(term('tags.team', "o'neil", false)).toBe("tags.team != 'o''neil'");
    expect(term('tags.team', null, true)).toBe('tags.team is null');
    expect(literal(true)).toBe("'True'");
    expect(keyOf('metrics.a`b')).toBe('metrics.`a``b`');
    expect(keyOf('metrics.val/loss')).toBe('metrics.val/loss');
  });

  test('a term is added once, and an "or" before it keeps its meaning', () => {
    expect(narrowed('', 'a = 1')).toBe('a = 1');
    expect(narrowed('a = 1', 'a = 1')).toBe('a = 1');
    expect(narrowed('a = 1', 'b = 2')).toBe('a = 1 and b = 2');
    expect(narrowed('a = 1 or b = 2', 'c = 3')).toBe('(a = 1 or b = 2) and c = 3');
  });
});
