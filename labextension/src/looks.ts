/** How a run is told from others in one picture: a letter, a color, and dashes where colors repeat.
 *
 * Neighbouring colors differ in lightness, so that they can be told apart in gray as well, and the
 * letter stands beside whatever has the color. Of a crowd nobody can follow each line: there colors
 * go from the worst run to the best, and what a person points at or marks is told by its letter.
 */
import type { Comparison, MetricRow } from './comparison';
import * as format from './format';

/** More runs than this are a crowd. */
export const MANY = 16;
export const RANKS = 8;

export interface Look {
  readonly letter: string;
  /** The name of the CSS variable that holds the color. */
  readonly variable: string;
  readonly dash: readonly number[];
  /** From 0 for the worst run of a crowd to 1 for the best; the same for all where nobody ranks. */
  readonly rank: number;
}

const COLOR_COUNT = 8;
const DASHES: readonly (readonly number[])[] = [[], [9, 4], [3, 3], [12, 3, 3, 3], [6, 2], [2, 5]];

/** A, B, … Z, AA, AB, …: the same letters as in the comparison that Python draws. */
export function letterOf(at: number): string {
  const rest = Math.floor(at / 26);
  return (rest > 0 ? letterOf(rest - 1) : '') + String.fromCharCode(65 + (at % 26));
}

export function lookOf(at: number): Look {
  return {
    letter: letterOf(at),
    variable: `--nbm-run-${(at % COLOR_COUNT) + 1}`,
    dash: DASHES[Math.floor(at / COLOR_COUNT) % DASHES.length] ?? [],
    rank: 1
  };
}

/** Runs in the order in which they are drawn: the better ones over the others. */
export function sortedByRank<Run extends { readonly id: string }>(
  runs: readonly Run[],
  looks: ReadonlyMap<string, Look>
): Run[] {
  const rank = (run: Run) => looks.get(run.id)?.rank ?? 0;
  return [...runs].sort((a, b) => rank(a) - rank(b));
}

/** The metric by which the runs of a crowd are colored: the first one whose direction is known. */
export function rankedBy(comparison: Comparison): MetricRow | null {
  if (comparison.runs.length <= MANY) {
    return null;
  }
  return comparison.metrics.find(row => row.better !== null && row.differs) ?? null;
}

/** The looks of runs by where they stand, those of a crowd by how good they are. */
export function looksOf(comparison: Comparison): ReadonlyMap<string, Look> {
  const looks = new Map(comparison.runs.map((run, at) => [run.id, lookOf(at)]));
  const metric = rankedBy(comparison);
  if (comparison.runs.length > MANY) {
    looks.forEach((look, id) => looks.set(id, { ...look, dash: [] }));
  }
  if (metric !== null) {
    const values = new Map<string, number>();
    for (const { id } of comparison.runs) {
      const value = format.toNumber(metric.values[id] ?? 'NaN');
      if (Number.isFinite(value)) {
        values.set(id, metric.better === 'lower' ? -value : value);
      }
    }
    const order = [...new Set(values.values())].sort((a, b) => a - b);
    looks.forEach((look, id) => {
      const value = values.get(id);
      const rank = value === undefined ? 0 : order.indexOf(value) / Math.max(order.length - 1, 1);
      const variable =
        value === undefined
          ? '--nbm-rank-none'
          : `--nbm-rank-${Math.min(Math.floor(rank * RANKS), RANKS - 1) + 1}`;
      looks.set(id, { ...look, variable, rank });
    });
  }
  return looks;
}
