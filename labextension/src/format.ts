/** Numbers, times and sizes as people read them; the same forms as in nbmlops/views/quantities.py. */
import type { Words } from './host';
import type { ParamValue, WireNumber } from './records';
import { clip, visible } from './text';

const NOTHING = '';

/** What a number of the wire is worth for drawing and comparing. */
export function toNumber(value: WireNumber): number {
  return typeof value === 'number' ? value : Number(value);
}

/** A number with at most `digits` significant ones, integers in full up to 15. */
export function number(given: WireNumber | null | undefined, digits = 4): string {
  if (given === null || given === undefined) {
    return NOTHING;
  }
  if (typeof given === 'string') {
    const word = { NaN: 'NaN', Infinity: '∞', '-Infinity': '-∞' }[given];
    return word ?? (/^-?\d{1,15}$/.test(given) ? grouped(given) : hugeNumber(given));
  }
  if (given === 0) {
    return '0';
  }
  const size = Math.abs(given);
  if (Number.isInteger(given) && size < 1e15) {
    return grouped(String(given));
  }
  if (size < 1e-4 || size >= 1e9) {
    return Number(given.toPrecision(digits - 1))
      .toExponential()
      .replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const [whole = '', rest] = given.toFixed(decimals).split('.');
  return rest ? `${grouped(whole)}.${rest}` : grouped(whole);
}

/** How far a number has moved by `gap`, without a sign, as exact as the number itself is shown. */
export function difference(gap: WireNumber, given: WireNumber): string {
  const size = Math.abs(toNumber(gap));
  const shown = number(given);
  if (!Number.isFinite(size) || !/^-?[\d,]+(\.\d+)?$/.test(shown)) {
    return number(Number.isFinite(size) ? size : gap, 3).replace(/^-/, '');
  }
  const decimals = shown.split('.')[1]?.length ?? 0;
  if (decimals === 0) {
    return size < 10 ? number(size, 2) : grouped(size.toFixed(0));
  }
  const [whole = '', rest = ''] = size.toFixed(decimals).split('.');
  const text = `${grouped(whole)}.${rest}`;
  return /[1-9]/.test(text) ? text : number(size, 2);
}

/** A round number on an axis, without zeros that say nothing. */
export function tick(given: number | null, digits = 6): string {
  if (given === null) {
    return NOTHING;
  }
  const shown = number(given, digits);
  return shown.includes('.') && !shown.includes('e') ? shown.replace(/\.?0+$/, '') : shown;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

function hugeNumber(given: string): string {
  const near = Number(given);
  return Number.isFinite(near) ? near.toPrecision(4) : clip(given, 24);
}

/** A parameter's value as it would be typed, cut to `limit`, with nothing in it that acts; a number
 * of many digits is rounded, as it reads well. */
export function value(given: ParamValue | undefined, limit = 60): string {
  return typed(given, limit, readable);
}

/** The same with every digit. */
export function exact(given: ParamValue | undefined, limit = 60): string {
  return typed(given, limit, String);
}

/** Values beside each other; where different ones would read the same, with every digit, and text
 * in quotes. */
export function apart(given: readonly (ParamValue | undefined)[], limit = 60): string[] {
  const texts = given.map(each => value(each, limit));
  const isClear = new Set(texts).size >= new Set(given.map(each => JSON.stringify(each))).size;
  return isClear
    ? texts
    : given.map(each => (each === undefined ? NOTHING : visible(nested(each, 0, String), limit)));
}

type Digits = (given: number) => string;

function typed(given: ParamValue | undefined, limit: number, digits: Digits): string {
  if (given === undefined) {
    return NOTHING;
  }
  if (typeof given === 'string') {
    return visible(given, limit);
  }
  return visible(nested(given, 0, digits), limit);
}

/** Of a parameter; what has more digits was computed, and keeps a few. */
const MOST_DIGITS = 8;
const KEPT_DIGITS = 6;

function readable(given: number): string {
  const full = String(given);
  const digits = (full.split('e')[0] ?? '').replace('.', '').replace(/^[-0]+/, '').length;
  const size = Math.abs(given);
  if (digits <= MOST_DIGITS || Number.isInteger(given) || !Number.isFinite(given)) {
    return full;
  }
  if (size < 1e-4) {
    return String(Number(given.toPrecision(KEPT_DIGITS)));
  }
  const decimals = Math.max(0, KEPT_DIGITS - 1 - Math.floor(Math.log10(size)));
  const short = given.toFixed(decimals);
  return short.includes('.') ? short.replace(/\.?0+$/, '') : short;
}

function nested(given: ParamValue, depth: number, digits: Digits): string {
  if (given === null) {
    return 'None';
  }
  if (typeof given === 'boolean') {
    return given ? 'True' : 'False';
  }
  if (typeof given === 'number') {
    return digits(given);
  }
  if (typeof given === 'string') {
    return `'${given}'`;
  }
  if (depth > 4) {
    return '…';
  }
  if (Array.isArray(given)) {
    const parts = given.slice(0, 20).map(each => nested(each, depth + 1, digits));
    return `[${[...parts, ...(given.length > 20 ? ['…'] : [])].join(', ')}]`;
  }
  const parts = Object.entries(given).map(
    ([name, each]) => `'${name}': ${nested(each, depth + 1, digits)}`
  );
  return `{${[...parts.slice(0, 20), ...(parts.length > 20 ? ['…'] : [])].join(', ')}}`;
}

/** A duration in the two units that matter. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) {
    return NOTHING;
  }
  if (seconds < 0.9995) {
    return seconds >= 0.001 ? `${(seconds * 1000).toFixed(0)} ms` : '< 1 ms';
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const units: [number, string, number, string][] = [
    [86400, 'd', 3600, 'h'],
    [3600, 'h', 60, 'min'],
    [60, 'min', 1, 's']
  ];
  for (const [unit, name, part, partName] of units) {
    if (whole >= unit) {
      const rest = Math.floor((whole % unit) / part);
      return `${Math.floor(whole / unit)} ${name}` + (rest ? ` ${rest} ${partName}` : '');
    }
  }
  return `${whole} s`;
}

/** A number of bytes. */
export function size(count: number | null | undefined): string {
  if (count === null || count === undefined || count < 0) {
    return NOTHING;
  }
  let amount = count;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (amount < 999.5) {
      return `${amount.toFixed(unit === 'B' || amount >= 9.95 ? 0 : 1)} ${unit}`;
    }
    amount /= 1000;
  }
  return `${amount.toFixed(1)} TB`;
}

/** A point in time on the clock of who looks. */
export function instant(at: string | null): string {
  const date = at === null ? null : new Date(at);
  if (date === null || Number.isNaN(date.getTime())) {
    return NOTHING;
  }
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How long ago a point in time is, seen from `now` in milliseconds; the short form says no "ago". */
export function age(at: string, now: number, words: Words, isShort = false): string {
  const seconds = (now - new Date(at).getTime()) / 1000;
  if (Number.isNaN(seconds)) {
    return NOTHING;
  }
  if (seconds < 45) {
    return isShort ? words.__('now') : words.__('just now');
  }
  const units: [number, string][] = [
    [86400 * 365, 'y'],
    [86400 * 30, 'mo'],
    [86400, 'd'],
    [3600, 'h']
  ];
  const [unit, name] = units.find(([least]) => seconds >= least) ?? [60, 'min'];
  const count = name === 'min' ? Math.max(1, Math.round(seconds / 60)) : Math.floor(seconds / unit);
  return isShort ? `${count} ${name}` : words.__('%1 ago', `${count} ${name}`);
}

/** The last eight characters: the random part of an id. */
export function shortId(id: string): string {
  return visible(id.slice(-8));
}

/** The size of a dataset in words, as `9,000 × 12`. */
export function shape(sizes: readonly number[]): string {
  return sizes.map(each => number(each)).join(' × ');
}
