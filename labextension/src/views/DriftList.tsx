/** Every report of drift of a workspace, newest first, and the columns of one over time. */
import React, { useCallback, useEffect, useState } from 'react';
import { Grid, type GridColumn, type Place } from '../components/Grid';
import { useAnswer, useChanges, useNow, useWidth } from '../components/hooks';
import { ErrorNote } from '../components/Problem';
import { StateMark } from '../components/StateMark';
import { isStatus, StatusMark } from '../components/StatusMark';
import { MissingServerError } from '../client';
import { sortOf } from '../columns';
import {
  COLUMNS,
  columnsOf,
  EVERY_REPORT,
  filterOf,
  OUTCOMES,
  outcomeOf,
  type DriftLook
} from '../drifts';
import * as format from '../format';
import { useHost, type Words } from '../host';
import type { Row } from '../pages';
import { Monitors } from './drift/Monitors';
import { OverTime } from './drift/OverTime';
import { usePages } from './usePages';

const ROW_HEIGHT = 46;
const AGE_WIDTH = 54;
const COUNT_WIDTH = 58;
const BOTH_NAMES = 260; // pixels from which on a reference stands beside what it is compared with
const NEWEST_FIRST = 'started_at desc';

export interface DriftListProps {
  readonly isShown: boolean;
  readonly look: DriftLook;
  /** Why there may be nothing, in place of how to begin. */
  readonly whyNothing?: string | undefined;
  readonly onLook: (look: DriftLook) => void;
}

export function DriftList(props: DriftListProps): React.JSX.Element {
  const { isShown, look, onLook } = props;
  const host = useHost();
  const { client, words } = host;
  const [round, setRound] = useState(0);
  const where = client.scope.workspace ?? '';
  const groups = useAnswer(
    signal => client.groups({ by: 'experiment', filter: filterOf(EVERY_REPORT) }, signal),
    where,
    round
  );
  const fields = useAnswer(
    signal => client.fields(look.experiment, signal),
    `${where}|${look.experiment}`,
    round
  );
  const experiments = groups.answer?.groups ?? [];
  const columns = columnsOf(fields.answer?.metrics ?? []);
  const [sort, setSort] = useState(NEWEST_FIRST);
  const { pages, state } = usePages(true, {
    experiment: look.experiment,
    filter: filterOf(look),
    sort,
    columns: COLUMNS,
    group: undefined
  });
  const refresh = useCallback(() => {
    pages?.refresh();
    setRound(before => before + 1);
  }, [pages]);
  useChanges(host.live, refresh, isShown);
  const now = useNow(30_000, isShown);
  const [active, setActive] = useState<string | null>(null);
  const newest = pages?.row(0)?.id ?? null;
  const chosen = active ?? newest;
  useEffect(() => setActive(null), [client, look.experiment, look.column, look.text]);

  const frame = React.useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const sorted = sortOf(sort);
  const head = (key: string, label: string, wide: number, isNumeric: boolean): GridColumn => ({
    key,
    label,
    title: label,
    width: wide,
    isNumeric,
    sorted: sorted.key !== key ? null : sorted.descending ? 'descending' : 'ascending'
  });
  const gridColumns = [
    head('name', words.__('Report'), Math.max(120, width - AGE_WIDTH - COUNT_WIDTH - 1), false),
    head('metrics.drifted_columns', words.__('Drifted'), COUNT_WIDTH, true),
    head('started_at', words.__('Age'), AGE_WIDTH, true)
  ];
  const onSort = (column: GridColumn) => {
    const isDown = column.sorted === null ? column.key !== 'name' : column.sorted === 'ascending';
    setSort(`${column.key} ${isDown ? 'desc' : 'asc'}`);
  };
  const open = (row: number) => {
    const found = pages?.row(row);
    if (found) {
      openReport(found, host);
    }
  };
  const onActive = (place: Place) => setActive(pages?.row(place.row)?.id ?? null);
  const onRange = useCallback((from: number, to: number) => pages?.look(from, to), [pages]);
  const isNarrowed = JSON.stringify(look) !== JSON.stringify(EVERY_REPORT);

  if (state.error instanceof MissingServerError) {
    return <ErrorNote error={state.error} onRetry={refresh} />;
  }
  return (
    <div className="nbm-runs nbm-drifts nbm-mod-compact">
      <Narrowing
        look={look}
        onLook={onLook}
        experiments={experiments.map(each => each.label ?? each.value ?? '')}
        columns={columns}
      />
      <Monitors round={round} isShown={isShown} />
      <div className="nbm-drifts-list" ref={frame}>
        {state.error ? (
          <ErrorNote error={state.error} onRetry={refresh} />
        ) : state.total === 0 ? (
          <NoReports
            isNarrowed={isNarrowed}
            why={props.whyNothing}
            onAll={() => onLook(EVERY_REPORT)}
          />
        ) : (
          <Grid
            key={state.total === null ? 'coming' : 'there'}
            label={words.__('Reports of drift')}
            columns={gridColumns}
            pinned={0}
            isPlain
            rowCount={state.total ?? 0}
            rowHeight={ROW_HEIGHT}
            isSelected={row => pages?.row(row)?.id === chosen}
            rowClass={() => ''}
            cell={(row, column) => (
              <Cell
                column={column.key}
                row={pages?.row(row)}
                now={now}
                isNarrow={column.width < BOTH_NAMES}
                onOpen={() => open(row)}
              />
            )}
            onRange={onRange}
            onSort={onSort}
            onResize={() => undefined}
            onOpen={open}
            onSelect={row => setActive(pages?.row(row)?.id ?? null)}
            onKey={() => undefined}
            onActive={onActive}
            selectLabel={() => ''}
          />
        )}
      </div>
      {chosen !== null && (state.total ?? 0) > 0 ? <OverTime run={chosen} round={round} /> : null}
      <div className="nbm-foot" role="status">
        {state.total === null
          ? ''
          : words._n('%2 report', '%2 reports', state.total, format.number(state.total))}
      </div>
    </div>
  );
}

function openReport(row: Row, host: ReturnType<typeof useHost>): void {
  // A check that came to no report is a run like any other.
  if (outcomeOf(row.values).state === null || !host.openDrift) {
    host.openRun(row.id);
  } else {
    host.openDrift(row.id);
  }
}

function outcomeWord(outcome: DriftLook['outcome'], words: Words): string {
  switch (outcome) {
    case 'drifted':
      return words.__('Drifted');
    case 'calm':
      return words.__('No drift');
    case 'harm':
      return words.__('Harm');
    case 'failed':
      return words.__('Failed');
    default:
      return words.__('All outcomes');
  }
}

function Narrowing(props: {
  look: DriftLook;
  onLook: (look: DriftLook) => void;
  experiments: readonly string[];
  columns: readonly string[];
}): React.JSX.Element {
  const { look, onLook } = props;
  const { words } = useHost();
  const [text, setText] = useState(look.text);
  useEffect(() => setText(look.text), [look.text]);
  useEffect(() => {
    if (text === look.text) {
      return undefined;
    }
    const timer = window.setTimeout(() => onLook({ ...look, text }), 250);
    return () => clearTimeout(timer);
  }, [text, look, onLook]);
  const withChosen = (names: readonly string[], chosen: string) =>
    chosen === '' || names.includes(chosen) ? names : [chosen, ...names];
  return (
    <div className="nbm-drifts-narrowing" role="search" aria-label={words.__('Reports')}>
      <input
        className="nbm-input"
        type="search"
        aria-label={words.__('Filter reports')}
        placeholder={words.__('Filter reports')}
        value={text}
        onChange={event => setText(event.target.value)}
      />
      <select
        className="nbm-input"
        aria-label={words.__('Outcome')}
        value={look.outcome}
        onChange={event =>
          onLook({
            ...look,
            outcome: OUTCOMES.find(each => each === event.target.value) ?? ''
          })
        }
      >
        {OUTCOMES.map(outcome => (
          <option key={outcome} value={outcome}>
            {outcomeWord(outcome, words)}
          </option>
        ))}
      </select>
      <select
        className="nbm-input"
        aria-label={words.__('Experiment')}
        value={look.experiment}
        onChange={event => onLook({ ...look, experiment: event.target.value })}
      >
        <option value="">{words.__('All experiments')}</option>
        {withChosen(props.experiments, look.experiment).map(name => (
          <option key={name} value={name}>
            {format.value(name, 60)}
          </option>
        ))}
      </select>
      <select
        className="nbm-input"
        aria-label={words.__('Column')}
        value={look.column}
        onChange={event => onLook({ ...look, column: event.target.value })}
      >
        <option value="">{words.__('All columns')}</option>
        {withChosen(props.columns, look.column).map(name => (
          <option key={name} value={name}>
            {format.value(name, 60)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Cell(props: {
  column: string;
  row: Row | undefined;
  now: number;
  /** Where there is no room for both names in one line. */
  isNarrow: boolean;
  onOpen: () => void;
}): React.JSX.Element {
  const { column, row, now } = props;
  const { words } = useHost();
  if (row === undefined) {
    return <span className="nbm-ghost" aria-hidden="true" />;
  }
  const outcome = outcomeOf(row.values);
  if (column === 'started_at') {
    const at = row.values['started_at'];
    const text = typeof at === 'string' ? at : '';
    return <span title={format.instant(text)}>{format.age(text, now, words, true)}</span>;
  }
  if (column === 'metrics.drifted_columns') {
    return outcome.state === null ? (
      <></>
    ) : (
      <span title={words.__('%1 of %2 tested columns drifted', outcome.drifted, outcome.tested)}>
        {outcome.drifted}
        <span className="nbm-faint"> / {outcome.tested}</span>
      </span>
    );
  }
  const { status } = row.values;
  const title = `${outcome.reference} → ${outcome.current}`;
  return (
    <div className="nbm-drifts-cell">
      <div className="nbm-drifts-line">
        {outcome.state !== null ? (
          <StateMark state={outcome.state} words={words} />
        ) : isStatus(status) ? (
          <StatusMark status={status} words={words} />
        ) : null}
        <a
          className="nbm-run-name"
          href={`#${row.id}`}
          tabIndex={-1}
          title={title}
          aria-label={title}
          onClick={event => {
            event.preventDefault();
            props.onOpen();
          }}
        >
          {props.isNarrow ? outcome.current : title}
        </a>
      </div>
      <div className="nbm-drifts-line nbm-drifts-says">
        {outcome.harm === true ? <span className="nbm-drifts-harm">{words.__('harm')}</span> : null}
        <span className="nbm-drifts-word">
          {props.isNarrow && outcome.state !== null
            ? words.__('vs %1', outcome.reference)
            : saidOf(outcome, status, words)}
        </span>
        {outcome.harm === false && !props.isNarrow ? <span>{words.__('no harm')}</span> : null}
      </div>
    </div>
  );
}

function saidOf(outcome: ReturnType<typeof outcomeOf>, status: unknown, words: Words): string {
  switch (outcome.state) {
    case 'drifted':
      return words.__('drifted');
    case 'tiny':
      return words.__('differs a little');
    case 'none':
      return words.__('no drift');
    case 'untested':
      return words.__('not tested');
    case null:
      return status === 'running' ? words.__('looking…') : words.__('no report');
  }
}

function NoReports(props: {
  isNarrowed: boolean;
  why: string | undefined;
  onAll: () => void;
}): React.JSX.Element {
  const { words } = useHost();
  if (props.why !== undefined && !props.isNarrowed) {
    return (
      <div className="nbm-empty">
        <strong>{words.__('No reports of drift here')}</strong>
        <p>{props.why}</p>
      </div>
    );
  }
  return props.isNarrowed ? (
    <div className="nbm-empty">
      <strong>{words.__('No report fits')}</strong>
      <p>
        <button
          type="button"
          className="nbm-button nbm-mod-main nbm-mod-word"
          onClick={props.onAll}
        >
          {words.__('Show all')}
        </button>
      </p>
    </div>
  ) : (
    <div className="nbm-empty">
      <strong>{words.__('No reports of drift yet')}</strong>
      <p>{words.__('Compare two data sets in a cell, and the report is kept:')}</p>
      <pre className="nbm-code">{'%load_ext nbmlops\n\n%drift X_train X_live'}</pre>
    </div>
  );
}
