/** The columns of the table of runs: which there are, how each is shown, what a person chose. */
import * as format from './format';
import { GROUPED_BY, type GroupedBy } from './groups';
import type { Words } from './host';
import type { ParamValue, WireNumber } from './records';
import type { FieldsAnswer } from './routes';
import { visible } from './text';

export interface ColumnChoice {
  readonly key: string;
  readonly width: number;
}

/** What is remembered of a table; the first `pinned` columns stay where they are. */
export interface TableChoice {
  readonly columns: readonly ColumnChoice[];
  readonly pinned: number;
  readonly sort: string;
  /** What runs stand together by. */
  readonly group?: GroupedBy | undefined;
}

export const NEWEST_FIRST = 'started_at desc';
/** Attributes of the filter language that are another's name or have no column. */
const WITHOUT_COLUMN = new Set(['run_id']);
const OFFERED = [
  'name',
  'experiment',
  'status',
  'kind',
  'started_at',
  'ended_at',
  'duration_seconds',
  'note'
];
const WIDTHS: Readonly<Record<string, number>> = {
  name: 190,
  experiment: 120,
  status: 104,
  started_at: 96,
  ended_at: 96,
  duration_seconds: 92,
  note: 180,
  id: 96
};

/** The name that a column's head shows. */
export function labelOf(key: string, words: Words, isNarrow = false): string {
  return (
    attributeWord(key, words, isNarrow) ?? visible(key.replace(/^(metrics|params|tags)\./, ''), 60)
  );
}

function attributeWord(key: string, words: Words, isNarrow: boolean): string | null {
  switch (key) {
    case 'name':
      return words.__('Run');
    case 'experiment':
      return words.__('Experiment');
    case 'status':
      return words.__('Status');
    case 'kind':
      return words.__('Kind');
    case 'started_at':
      return isNarrow ? words.__('Age') : words.__('Started');
    case 'ended_at':
      return words.__('Ended');
    case 'duration_seconds':
      return words.__('Duration');
    case 'notebook':
      return words.__('Notebook');
    case 'note':
      return words.__('Note');
    case 'user':
      return words.__('User');
    case 'host':
      return words.__('Host');
    case 'reason':
      return words.__('Reason');
    case 'parent_id':
      return words.__('Parent');
    case 'id':
      return words.__('Id');
    default:
      return null;
  }
}

/** What kind of thing a column is of. */
export function groupOf(key: string): 'attribute' | 'metric' | 'parameter' | 'tag' {
  return key.startsWith('metrics.')
    ? 'metric'
    : key.startsWith('params.')
      ? 'parameter'
      : key.startsWith('tags.')
        ? 'tag'
        : 'attribute';
}

export function widthOf(key: string): number {
  return WIDTHS[key] ?? (groupOf(key) === 'metric' ? 96 : 104);
}

/** So that name and metric fit beside a scrollbar into a side panel of the usual width, 250 px; the
 * rest follows beside. */
function narrowWidthOf(key: string): number {
  return key === 'name' ? 120 : key === 'started_at' ? 62 : groupOf(key) === 'metric' ? 82 : 76;
}

/** Numbers stand on the right. */
export function isNumeric(key: string): boolean {
  return groupOf(key) === 'metric' || key === 'duration_seconds';
}

/** All keys that can be a column. */
export function available(fields: FieldsAnswer): string[] {
  const attributes = fields.attributes.filter(
    each => OFFERED.includes(each) && !WITHOUT_COLUMN.has(each)
  );
  return [
    ...new Set([
      ...OFFERED.filter(each => each !== 'note' || !fields.attributes.length),
      ...attributes,
      'note'
    ]),
    ...fields.metrics.map(name => `metrics.${name}`),
    ...fields.params.map(name => `params.${name}`),
    ...fields.tags.map(name => `tags.${name}`)
  ];
}

/** What a table begins with: few columns, those that tell runs apart. */
export function usual(fields: FieldsAnswer, compact: boolean, experiment: string): TableChoice {
  const metrics = fields.metrics.map(name => `metrics.${name}`);
  const params = fields.params.map(name => `params.${name}`);
  const tags = fields.tags.map(name => `tags.${name}`);
  const keys = compact
    ? ['name', ...metrics.slice(0, 1), 'started_at', 'duration_seconds', ...metrics.slice(1, 4)]
    : [
        'name',
        ...(experiment ? [] : ['experiment']),
        'started_at',
        'duration_seconds',
        ...metrics.slice(0, 5),
        ...params.slice(0, 6),
        ...tags.slice(0, 2)
      ];
  return {
    columns: keys.map(key => ({ key, width: compact ? narrowWidthOf(key) : widthOf(key) })),
    pinned: compact ? 0 : 1,
    sort: NEWEST_FIRST
  };
}

/** A remembered choice, or null where what was remembered is not one. */
export function readChoice(given: unknown): TableChoice | null {
  const choice = given as Partial<TableChoice> | null;
  if (typeof choice !== 'object' || choice === null || !Array.isArray(choice.columns)) {
    return null;
  }
  const columns = (choice.columns as unknown[]).filter((each): each is ColumnChoice => {
    const column = each as Partial<ColumnChoice> | null;
    return typeof column?.key === 'string' && Number.isFinite(column.width);
  });
  return columns.length === 0
    ? null
    : {
        columns,
        pinned: Number.isInteger(choice.pinned) ? Number(choice.pinned) : 1,
        sort: typeof choice.sort === 'string' ? choice.sort : NEWEST_FIRST,
        ...(choice.group !== undefined && GROUPED_BY.includes(choice.group)
          ? { group: choice.group }
          : {})
      };
}

export function sortOf(sort: string): { key: string; descending: boolean } {
  const match = /^(.*?)(?: (asc|desc))?$/s.exec(sort);
  return { key: unquoted(match?.[1] ?? ''), descending: match?.[2] === 'desc' };
}

function unquoted(key: string): string {
  const match = /^(metrics|params|tags)\.`(.*)`$/s.exec(key);
  return match ? `${match[1] ?? ''}.${(match[2] ?? '').replace(/``/g, '`')}` : key;
}

const textOf = (given: ParamValue): string => (typeof given === 'string' ? given : '');

/** A cell's text in the table. */
export function cellText(
  key: string,
  given: ParamValue | undefined,
  now: number,
  words: Words,
  isNarrow = false
): string {
  if (given === null || given === undefined) {
    return '';
  }
  if (key === 'started_at' || key === 'ended_at') {
    return format.age(textOf(given), now, words, isNarrow);
  }
  if (key === 'duration_seconds') {
    return format.duration(Number(given));
  }
  if (groupOf(key) === 'metric') {
    return format.number(given as WireNumber);
  }
  return key === 'id' ? format.shortId(textOf(given)) : format.value(given, 120);
}

/** A cell's text in full, for who points at it. */
export function cellTitle(key: string, given: ParamValue | undefined): string {
  if (given === null || given === undefined) {
    return '';
  }
  return key === 'started_at' || key === 'ended_at'
    ? format.instant(textOf(given))
    : format.exact(given, 2000);
}
