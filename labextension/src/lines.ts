/** Series as lines over an axis. */
import * as format from './format';
import type { Series } from './routes';

export interface Line {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** A series as a line: where there are no steps, the order of recording counts. Times are told in
 * seconds from `start` on. */
export function lineOf(name: string, series: Series, byTime: boolean, start = 0): Line {
  const hasSteps = series.steps.every(step => step !== null);
  const x = byTime
    ? series.times.map(at => at / 1000 - start)
    : series.steps.map((step, at) => (hasSteps ? step : series.places?.[at]) ?? at);
  const y = series.values.map(value => {
    const number = format.toNumber(value);
    return Number.isFinite(number) ? number : null;
  });
  // Steps may have been logged in any order, or twice; a line goes from left to right.
  const order = x.map((_, at) => at);
  if (x.some((each, at) => at > 0 && each < (x[at - 1] ?? each))) {
    order.sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b);
  }
  return { label: name, x: order.map(at => x[at] ?? 0), y: order.map(at => y[at] ?? null) };
}

/** The part of a line between two places of its axis. */
export function within(line: Line, range: readonly [number, number]): Line {
  const kept = line.x
    .map((_, at) => at)
    .filter(at => {
      const x = line.x[at] ?? 0;
      return x >= range[0] && x <= range[1];
    });
  return { ...line, x: kept.map(at => line.x[at] ?? 0), y: kept.map(at => line.y[at] ?? null) };
}

/** The line without what a logarithmic axis cannot show. */
export function positive(line: Line): Line {
  return { ...line, y: line.y.map(each => (each !== null && each > 0 ? each : null)) };
}
