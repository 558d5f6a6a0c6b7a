/** Parameters and metrics of compared runs as axes on which each run has a place from 0 to 1. */
import type { Comparison } from './comparison';
import * as format from './format';
import type { ParamValue, WireNumber } from './records';
import { isFlat } from './spans';

export interface Tick {
  readonly place: number;
  readonly text: string;
}

export interface Axis {
  readonly key: string;
  readonly name: string;
  readonly isMetric: boolean;
  readonly isLog: boolean;
  /** Where each run stands that has a value here, by its id. */
  readonly places: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, string>;
  readonly ticks: readonly Tick[];
}

/** Beyond this many words, an axis of words tells nothing. */
const MOST_WORDS = 24;
/** From this ratio on, places follow the logarithm: learning rates are chosen that way. */
const LOG_RATIO = 50;
const MOST_POWERS = 8;

/** The axes on which the runs differ: parameters first, then metrics with a direction first. */
export function axesOf(comparison: Comparison): Axis[] {
  const params = comparison.params
    .filter(row => row.differs)
    .map(row => axisOf(`params.${row.name}`, row.name, false, row.values));
  const metrics = comparison.metrics
    .filter(row => row.differs)
    .sort((a, b) => Number(a.better === null) - Number(b.better === null))
    .map(row => axisOf(`metrics.${row.name}`, row.name, true, row.values));
  return [...params, ...metrics].filter((each): each is Axis => each !== null);
}

export function axisOf(
  key: string,
  name: string,
  isMetric: boolean,
  values: Readonly<Record<string, ParamValue>>
): Axis | null {
  const entries = Object.entries(values);
  const numbers = entries.map(([, value]) => numeric(value, isMetric));
  if (entries.length > 0 && numbers.every(each => each !== null)) {
    return numericAxis(
      key,
      name,
      isMetric,
      entries.map(([id, value], at) => [id, value, numbers[at] ?? 0])
    );
  }
  const texts = entries.map(([id, value]): [string, string] => [id, format.exact(value, 40)]);
  const words = [...new Set(texts.map(([, text]) => text))];
  // Numbers stand in their order among words, as `5` before `None`.
  words.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  if (words.length === 0 || words.length > MOST_WORDS) {
    return null;
  }
  const place = (text: string) =>
    words.length === 1 ? 0.5 : words.indexOf(text) / (words.length - 1);
  return {
    key,
    name,
    isMetric,
    isLog: false,
    places: new Map(texts.map(([id, text]) => [id, place(text)])),
    texts: new Map(texts),
    ticks: words.map(text => ({ place: place(text), text }))
  };
}

function numeric(value: ParamValue, isMetric: boolean): number | null {
  if (typeof value !== 'number' && !(isMetric && typeof value === 'string')) {
    return null;
  }
  return format.toNumber(value);
}

function numericAxis(
  key: string,
  name: string,
  isMetric: boolean,
  entries: readonly (readonly [string, ParamValue, number])[]
): Axis | null {
  const finite = entries.filter(([, , number]) => Number.isFinite(number));
  if (finite.length === 0) {
    return null;
  }
  const numbers = finite.map(([, , number]) => number);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const powers = powersOf(numbers);
  // What was chosen differs by what it differs; what was measured differs by noise as well.
  const isSame = isMetric ? isFlat(low, high) : low === high;
  const isLog = !isSame && low > 0 && (high / low >= LOG_RATIO || powers !== null);
  const scale = isLog ? Math.log10 : (each: number) => each;
  const [from, to] = [scale(low), scale(high)];
  const place = (number: number) => (isSame ? 0.5 : (scale(number) - from) / (to - from));
  return {
    key,
    name,
    isMetric,
    isLog,
    places: new Map(finite.map(([id, , number]) => [id, place(number)])),
    texts: new Map(entries.map(([id, value]) => [id, format.number(value as WireNumber)])),
    ticks: (powers ?? ticksOf(low, isSame ? low : high, isLog))
      .map(each => ({ place: place(each), text: format.tick(each) }))
      .filter(tick => tick.place >= -0.001 && tick.place <= 1.001)
  };
}

/** The numbers themselves where they are a few powers of two, as sizes of batches and layers are. */
function powersOf(numbers: readonly number[]): number[] | null {
  const each = [...new Set(numbers)].sort((a, b) => a - b);
  const arePowers = each.every(number => number >= 1 && Number.isInteger(Math.log2(number)));
  return arePowers && each.length > 2 && each.length <= MOST_POWERS ? each : null;
}

/** Round numbers from `low` to `high`, both of which are told as well. */
export function ticksOf(low: number, high: number, isLog: boolean): number[] {
  if (!(high > low)) {
    return [low];
  }
  if (isLog) {
    const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
    const step = Math.max(1, Math.ceil((last - first) / 5));
    const found: number[] = [];
    for (let at = first; at <= last; at += step) {
      found.push(Number(`1e${at}`));
    }
    return found.length > 1 ? found : [low, high];
  }
  const rough = (high - low) / 4;
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 2.5, 5, 10].map(each => each * power).find(each => each >= rough) ?? rough;
  const found: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at++) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found.length > 1 ? found : [low, high];
}
