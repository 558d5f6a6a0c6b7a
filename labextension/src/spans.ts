/** When a curve counts as flat; the same rule as in nbmlops/views/sparkline.py. */

/** The step of a number of 32 bits: what moves by less of its size is noise of computing. */
const NOISE = 2 ** -23;

/** Whether all from `low` to `high` is one value but for noise. */
export function isFlat(low: number, high: number): boolean {
  return high - low <= NOISE * Math.max(Math.abs(low), Math.abs(high));
}

/** So many digits tell the ticks of an axis apart. */
export function digitsOf(ticks: readonly (number | null)[], least: number): number {
  const told = ticks.filter((each): each is number => each !== null);
  const [before, last] = [told.at(-2), told.at(-1)];
  if (before === undefined || last === undefined || before === last) {
    return least;
  }
  const largest = Math.max(...told.map(Math.abs));
  return Math.max(least, Math.ceil(Math.log10(largest / Math.abs(last - before))) + 2);
}
