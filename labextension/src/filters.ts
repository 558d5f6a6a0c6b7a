/** The filter language as far as typing it goes: what may come next, and terms that a click adds. */
import type { ParamValue, Status } from './records';
import type { FieldsAnswer } from './routes';

/** What an option is. */
export type Detail =
  | 'metric'
  | 'parameter'
  | 'attribute'
  | 'tag'
  | 'operator'
  | 'connector'
  | 'status'
  | 'experiment'
  | 'ago';

export interface Option {
  readonly text: string;
  readonly detail: Detail;
}

export interface Completion {
  /** The part of the filter that an option takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Option[];
}

interface Token {
  readonly kind: 'word' | 'number' | 'operator' | 'punctuation' | 'quoted';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN =
  /(?<space>\s+)|(?<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w./-]))|(?<operator><=|>=|!=|<>|==|=|<|>)|(?<punctuation>[(),])|(?<quoted>'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?)|(?<word>-?[\p{L}\p{N}_./-]+)|(?<other>.)/gsu;
const PLAIN = /^[\p{L}_][\p{L}\p{N}_./-]*$/u;
const STATUSES: readonly Status[] = [
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'pending',
  'reused',
  'lost'
];
const OPERATORS = [
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'like',
  'ilike',
  'in',
  'is null',
  'is not null'
];
const TIMES = ["'1h'", "'24h'", "'7d'", "'30d'"];
const MOST_OPTIONS = 50;

/** A key with its name in backticks where it is not plain. */
export function keyOf(key: string): string {
  const dot = key.indexOf('.');
  const group = key.slice(0, dot);
  if (dot < 0 || !['metrics', 'params', 'tags'].includes(group)) {
    return key;
  }
  const name = key.slice(dot + 1);
  return PLAIN.test(name) ? key : `${group}.\`${name.replace(/`/g, '``')}\``;
}

/** A value as the filter language writes it. */
export function literal(value: ParamValue): string {
  if (typeof value === 'number') {
    return String(value);
  }
  const text =
    typeof value === 'string'
      ? value
      : value === true
        ? 'True'
        : value === false
          ? 'False'
          : JSON.stringify(value);
  return `'${text.replace(/'/g, "''")}'`;
}

/** One term about a value; null asks for runs without it. */
export function term(key: string, value: ParamValue | undefined, equal: boolean): string {
  if (value === null || value === undefined) {
    return `${keyOf(key)} is ${equal ? '' : 'not '}null`;
  }
  return `${keyOf(key)} ${equal ? '=' : '!='} ${literal(value)}`;
}

/** The filter with one more term; what is there already is not said twice. */
export function narrowed(filter: string, added: string): string {
  const before = filter.trim();
  if (!before) {
    return added;
  }
  if (before === added || before.split(' and ').includes(added)) {
    return before;
  }
  const depends = tokens(before).some(each => each.kind === 'word' && /^or$/i.test(each.text));
  return `${depends ? `(${before})` : before} and ${added}`;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const groups = match.groups ?? {};
    const kind = (['number', 'operator', 'punctuation', 'quoted', 'word'] as const).find(
      each => groups[each] !== undefined
    );
    if (kind !== undefined) {
      const start = match.index;
      found.push({ kind, text: match[0], start, end: start + match[0].length });
    }
  }
  return found;
}

type Awaited = 'key' | 'operator' | 'value' | 'connector';

/** What comes next after these tokens, and the key that it belongs to. */
function awaited(before: readonly Token[]): { next: Awaited; key: string } {
  let next: Awaited = 'key';
  let key = '';
  let listed = false;
  for (const token of before) {
    const word = token.kind === 'word' ? token.text.toLowerCase() : '';
    if (token.text === '(') {
      listed = next === 'value';
    } else if (token.text === ')') {
      listed = false;
      next = 'connector';
    } else if (token.text === ',') {
      next = 'value';
    } else if (next === 'key') {
      if (word !== 'not') {
        key = token.text;
        next = 'operator';
      }
    } else if (next === 'operator') {
      if (token.kind === 'quoted' && key.endsWith('.')) {
        key += token.text;
      } else if (token.kind === 'operator' || ['like', 'ilike', 'in', 'is'].includes(word)) {
        next = 'value';
      }
    } else if (next === 'value') {
      if (word !== 'not') {
        next = listed ? 'value' : 'connector';
      }
    } else if (word === 'and' || word === 'or') {
      next = 'key';
    }
  }
  return { next, key };
}

/** What may stand at the cursor. */
export function complete(
  filter: string,
  cursor: number,
  fields: FieldsAnswer,
  experiments: readonly string[] = []
): Completion {
  const all = tokens(filter.slice(0, cursor));
  const last = all.at(-1);
  const typed =
    last?.end === cursor && /^(word|quoted|operator)$/.test(last.kind) ? last : undefined;
  const before = typed ? all.slice(0, -1) : all;
  const { next, key } = awaited(before);
  const from = typed?.start ?? cursor;
  const prefix = (typed?.text ?? '').toLowerCase();
  const found = candidates(next, key, fields, experiments);
  const starting = found.filter(each => each.text.toLowerCase().startsWith(prefix));
  const inside = found.filter(
    each => !starting.includes(each) && prefix !== '' && each.text.toLowerCase().includes(prefix)
  );
  const options = [...starting, ...inside].filter(each => each.text.toLowerCase() !== prefix);
  return { from, to: cursor, options: options.slice(0, MOST_OPTIONS) };
}

function candidates(
  next: Awaited,
  key: string,
  fields: FieldsAnswer,
  experiments: readonly string[]
): Option[] {
  const options = (texts: readonly string[], detail: Detail): Option[] =>
    texts.map(text => ({ text, detail }));
  if (next === 'key') {
    return [
      ...options(
        fields.metrics.map(name => keyOf(`metrics.${name}`)),
        'metric'
      ),
      ...options(
        fields.params.map(name => keyOf(`params.${name}`)),
        'parameter'
      ),
      ...options(fields.attributes, 'attribute'),
      ...options(
        fields.tags.map(name => keyOf(`tags.${name}`)),
        'tag'
      )
    ];
  }
  if (next === 'operator') {
    return options(OPERATORS, 'operator');
  }
  if (next === 'connector') {
    return options(['and', 'or'], 'connector');
  }
  if (key === 'status') {
    return options(STATUSES.map(literal), 'status');
  }
  if (key === 'experiment') {
    return options(experiments.map(literal), 'experiment');
  }
  return key === 'started_at' || key === 'ended_at' ? options(TIMES, 'ago') : [];
}
