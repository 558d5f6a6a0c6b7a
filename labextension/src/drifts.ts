/** Reports of drift as a list: which are looked for, and how each came out. */
import { keyOf, literal } from './filters';
import type { DriftTrend } from './drift';
import type { ParamValue } from './records';
import * as format from './format';

/** The artifact that a check keeps. */
export const REPORT = 'drift-report.json';

/** A link to a report begins with this. */
export const LINKED = 'drift:';

/** The states of a column, the worst first. */
export const STATES = ['drifted', 'tiny', 'none', 'untested'] as const;

export type State = (typeof STATES)[number];

export function isState(text: unknown): text is State {
  return STATES.some(each => each === text);
}

/** What a list of reports is narrowed to; empty words narrow nothing. */
export interface DriftLook {
  readonly experiment: string;
  readonly outcome: '' | 'drifted' | 'calm' | 'harm' | 'failed';
  readonly column: string;
  readonly text: string;
}

export const OUTCOMES: readonly DriftLook['outcome'][] = ['', 'drifted', 'calm', 'harm', 'failed'];

export const EVERY_REPORT: DriftLook = { experiment: '', outcome: '', column: '', text: '' };

/** What was remembered, or every report where that is not a choice. */
export function readLook(given: unknown): DriftLook {
  const look = (typeof given === 'object' && given !== null ? given : {}) as Partial<DriftLook>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    experiment: text(look.experiment),
    outcome: OUTCOMES.find(each => each === look.outcome) ?? '',
    column: text(look.column),
    text: text(look.text)
  };
}

const SAID: Readonly<Record<DriftLook['outcome'], string>> = {
  '': '',
  drifted: 'metrics.drifted = 1',
  calm: 'metrics.drifted = 0',
  harm: 'metrics.harm = 1',
  failed: "status in ('failed', 'cancelled', 'lost')"
};

/** The filter that finds these reports among the runs. */
export function filterOf(look: DriftLook): string {
  const terms = ["kind = 'check'", 'params.reference is not null'];
  const isDrifted = look.outcome === 'drifted';
  if (look.column !== '') {
    const key = keyOf(`metrics.${isDrifted ? 'drifted' : 'effect'}/${look.column}`);
    terms.push(`${key} is not null`);
  }
  if (SAID[look.outcome] !== '') {
    terms.push(SAID[look.outcome]);
  }
  const sought = look.text.trim();
  if (sought !== '') {
    const like = literal(`%${sought.replace(/[\\%_]/g, found => `\\${found}`)}%`);
    const places = ['params.reference', 'params.current', 'name'];
    terms.push(`(${places.map(place => `${place} ilike ${like}`).join(' or ')})`);
  }
  return terms.join(' and ');
}

export const COLUMNS = [
  'name',
  'status',
  'started_at',
  'experiment',
  'params.reference',
  'params.current',
  'metrics.drifted',
  'metrics.harm',
  'metrics.drifted_columns',
  'metrics.tiny_columns',
  'metrics.untested_columns',
  'metrics.columns'
] as const;

/** One report as the list tells it. */
export interface Outcome {
  readonly reference: string;
  readonly current: string;
  /** The worst state of its columns; null where there is no report. */
  readonly state: State | null;
  readonly drifted: number;
  readonly tiny: number;
  readonly tested: number;
  /** True where the model does worse, null where nobody could say. */
  readonly harm: boolean | null;
}

export function outcomeOf(values: Readonly<Record<string, ParamValue>>): Outcome {
  const count = (name: string) => {
    const value = values[`metrics.${name}`];
    return typeof value === 'number' ? value : 0;
  };
  const text = (name: string) => {
    const value = values[`params.${name}`];
    return value === null || value === undefined ? '' : format.value(value, 300);
  };
  const tested = count('columns') - count('untested_columns');
  const known = typeof values['metrics.columns'] === 'number';
  const isDrifted = values['metrics.drifted'] === 1;
  return {
    reference: text('reference'),
    // A look of a monitor is no comparison of two named things; its run is.
    current:
      text('current') ||
      (typeof values['name'] === 'string' ? format.value(values['name'], 300) : ''),
    state: !known
      ? null
      : isDrifted
        ? 'drifted'
        : count('tiny_columns') > 0
          ? 'tiny'
          : tested > 0
            ? 'none'
            : 'untested',
    drifted: count('drifted_columns'),
    tiny: count('tiny_columns'),
    tested,
    harm: typeof values['metrics.harm'] === 'number' ? values['metrics.harm'] === 1 : null
  };
}

/** The names of the columns that checks have measured. */
export function columnsOf(metrics: readonly string[]): string[] {
  return metrics
    .filter(name => name.startsWith('effect/'))
    .map(name => name.slice('effect/'.length))
    .sort((one, other) => one.localeCompare(other));
}

/** The columns as they matter in the check at this place: what drifted, how often it did, the rest. */
export function byWeight(trends: readonly DriftTrend[], at: number): DriftTrend[] {
  const weight = (trend: DriftTrend) => {
    const now = STATES.findIndex(each => each === trend.states[at]);
    const often = trend.states.filter(each => each === 'drifted').length;
    return (now < 0 ? STATES.length : now) * 1000 - often;
  };
  return [...trends].sort((one, other) => weight(one) - weight(other));
}
