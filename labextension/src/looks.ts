/** How a run is told from others in one picture: a letter, a color, and dashes where colors repeat.
 *
 * Neighbouring colors differ in lightness, so that they can be told apart in gray as well, and the
 * letter stands beside whatever has the color.
 */

export interface Look {
  readonly letter: string;
  /** The name of the CSS variable that holds the color. */
  readonly variable: string;
  readonly dash: readonly number[];
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
    dash: DASHES[Math.floor(at / COLOR_COUNT) % DASHES.length] ?? []
  };
}
