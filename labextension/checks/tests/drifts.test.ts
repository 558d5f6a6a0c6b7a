import { describe, expect, it } from 'vitest';
import type { DriftTrend } from '../../src/drift';
import { byWeight, columnsOf, EVERY_REPORT, filterOf, outcomeOf, readLook } from '../../src/drifts';

describe('the filter of a list of reports', () => {
  it('asks for every check that compared something', () => {
    expect(filterOf(EVERY_REPORT)).toBe("kind = 'check' and params.reference is not null");
  });

  it('quotes what was typed, so that it stands for itself', () => {
    const filter = filterOf({ ...EVERY_REPORT, text: " 100%_o'clock\\ " });
    expect(filter).toContain("params.current ilike '%100\\%\\_o''clock\\\\%'");
  });

  it('asks for the reports in which a column drifted, and for those that have it', () => {
    const look = { ...EVERY_REPORT, column: 'a`b c' };
    expect(filterOf({ ...look, outcome: 'drifted' })).toContain(
      'metrics.`drifted/a``b c` is not null and metrics.drifted = 1'
    );
    expect(filterOf({ ...look, outcome: 'calm' })).toContain(
      'metrics.`effect/a``b c` is not null and metrics.drifted = 0'
    );
  });
});

describe('a remembered choice', () => {
  it('is what it was, and every report where it is none', () => {
    const look = { experiment: 'a', outcome: 'harm', column: 'b', text: 'c' } as const;
    expect(readLook(look)).toEqual(look);
    for (const given of [null, 3, {}, { outcome: 'odd', text: 5 }]) {
      expect(readLook(given)).toEqual(EVERY_REPORT);
    }
  });
});

describe('how a check came out', () => {
  const values = {
    'params.reference': 'X_train',
    'params.current': 'X_live',
    'metrics.drifted': 1,
    'metrics.drifted_columns': 2,
    'metrics.tiny_columns': 1,
    'metrics.untested_columns': 3,
    'metrics.columns': 10
  };

  it('is the worst that was found', () => {
    expect(outcomeOf(values)).toMatchObject({
      state: 'drifted',
      drifted: 2,
      tested: 7,
      harm: null
    });
    expect(outcomeOf({ ...values, 'metrics.drifted': 0 }).state).toBe('tiny');
    const calm = { ...values, 'metrics.drifted': 0, 'metrics.tiny_columns': 0 };
    expect(outcomeOf(calm).state).toBe('none');
    expect(outcomeOf({ ...calm, 'metrics.untested_columns': 10 }).state).toBe('untested');
    expect(outcomeOf({ ...values, 'metrics.harm': 1 }).harm).toBe(true);
    expect(outcomeOf({ ...values, 'metrics.harm': 0 }).harm).toBe(false);
  });

  it('is nothing where there is no report', () => {
    expect(outcomeOf({ 'params.reference': 'X' })).toMatchObject({ state: null, current: '' });
  });
});

describe('columns', () => {
  it('are those that checks have measured', () => {
    expect(columnsOf(['drifted', 'effect/b', 'drifted/b', 'effect/a/c'])).toEqual(['a/c', 'b']);
  });

  it('stand in the order in which they matter in one check', () => {
    const trend = (column: string, states: readonly string[]) =>
      ({ column, states, effects: [] }) as unknown as DriftTrend;
    const trends = [
      trend('never', ['none', 'none', 'none']),
      trend('once', ['drifted', 'none', 'none']),
      trend('now', ['none', 'none', 'drifted']),
      trend('often', ['none', 'drifted', 'drifted'])
    ];
    expect(byWeight(trends, 2).map(each => each.column)).toEqual(['often', 'now', 'once', 'never']);
    expect(byWeight(trends, 0)[0]?.column).toBe('once');
  });
});
