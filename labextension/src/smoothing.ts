/** Curves made calmer: an exponential average whose weight is corrected at the beginning. */
import type { Line } from './lines';

/** A line in which `weight` (0 to 1) of each value comes from those before it.
 *
 * The average begins at the first value and not at zero, and knows how far apart the points are:
 * with a thinned line it looks as it would with the whole one. A gap stays a gap.
 */
export function smoothed(line: Line, weight: number): Line {
  const { x, y } = line;
  if (weight <= 0 || x.length < 3) {
    return line;
  }
  const span = (x.at(-1) ?? 0) - (x[0] ?? 0);
  const usual = span > 0 ? span / Math.min(x.length - 1, 200) : 1;
  const kept = Math.min(weight, 0.999);
  let sum = 0;
  let total = 0;
  let before = x[0] ?? 0;
  const made = y.map((value, at) => {
    const place = x[at] ?? before;
    const fade = Math.pow(kept, Math.max(place - before, 0) / usual || (at === 0 ? 0 : 1));
    before = place;
    if (value === null) {
      return null;
    }
    sum = sum * fade + value * (1 - kept);
    total = total * fade + (1 - kept);
    return sum / total;
  });
  return { ...line, y: made };
}
