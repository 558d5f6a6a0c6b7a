/** Points that keep coming: what is drawn of them stays bounded, with every extreme in it. */
import type { Line } from './lines';

/** More than a chart under a cell has columns of pixels; what is drawn ten times a second is small. */
const MOST = 1500;

export class Growing {
  private readonly x: number[] = [];
  private readonly y: (number | null)[] = [];
  /** How many came in all. */
  count = 0;

  constructor(
    readonly name: string,
    private readonly most = MOST
  ) {}

  add(steps: Float64Array, values: Float64Array): void {
    this.count += values.length;
    for (let at = 0; at < values.length; at++) {
      const value = values[at] ?? NaN;
      this.x.push(steps[at] ?? at);
      this.y.push(Number.isFinite(value) ? value : null);
    }
    if (this.y.length > this.most) {
      this.thin();
    }
  }

  clear(): void {
    this.x.length = this.y.length = this.count = 0;
  }

  get last(): number | null {
    return this.y.at(-1) ?? null;
  }

  /** The points as a line from left to right. */
  line(): Line {
    const { x, y } = this;
    if (x.every((each, at) => at === 0 || each >= (x[at - 1] ?? each))) {
      return { label: this.name, x, y };
    }
    const order = x.map((_, at) => at).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b);
    return { label: this.name, x: order.map(at => x[at] ?? 0), y: order.map(at => y[at] ?? null) };
  }

  /** Keep of each four points the lowest and the highest; the latest quarter stays whole. */
  private thin(): void {
    const { x, y } = this;
    const old = Math.floor(y.length * 0.75);
    const kept: number[] = [];
    for (let from = 0; from < old; from += 4) {
      let [low, high] = [from, from];
      for (let at = from; at < Math.min(from + 4, old); at++) {
        low = (y[at] ?? Infinity) < (y[low] ?? Infinity) ? at : low;
        high = (y[at] ?? -Infinity) > (y[high] ?? -Infinity) ? at : high;
      }
      kept.push(...(low === high ? [low] : low < high ? [low, high] : [high, low]));
    }
    for (let at = old; at < y.length; at++) {
      kept.push(at);
    }
    kept.forEach((at, place) => {
      x[place] = x[at] ?? 0;
      y[place] = y[at] ?? null;
    });
    x.length = y.length = kept.length;
  }
}
