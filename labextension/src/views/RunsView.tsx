/** The runs of a workspace as a table: narrow in the side panel, with all its room in a tab. */
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError, MissingServerError } from '../client';
import * as columns from '../columns';
import type { TableChoice } from '../columns';
import { ColumnsMenu } from '../components/ColumnsMenu';
import { FilterField, type FilterProblem } from '../components/FilterField';
import { Grid, type GridColumn, type Place } from '../components/Grid';
import { useAnswer, useChanges, useNow } from '../components/hooks';
import { IconButton } from '../components/icons';
import { ErrorNote } from '../components/Problem';
import { keyOf, narrowed, term } from '../filters';
import * as format from '../format';
import { useHost } from '../host';
import { GroupedPages } from '../groups';
import type { ParamValue } from '../records';
import type { FieldsAnswer } from '../routes';
import { GroupChoice, GroupHead } from './Groups';
import { RunCell } from './RunCell';
import { SelectionBar } from './SelectionBar';
import { usePages } from './usePages';

const NO_FIELDS: FieldsAnswer = { attributes: [], metrics: [], params: [], tags: [] };
const ROW_HEIGHT = 28;
/** What each row needs, whatever is shown of it. */
const NEEDED = ['name', 'status', 'started_at', 'duration_seconds'];

export interface RunsViewProps {
  readonly isCompact: boolean;
  readonly isShown: boolean;
  readonly experiment: string;
  readonly filter: string;
  /** The order at first, where none was chosen here. */
  readonly sort?: string;
  /** Why there may be nothing, in place of how to begin. */
  readonly whyNothing?: string | undefined;
  readonly onLook: (experiment: string, filter: string) => void;
  readonly onSelected?: (runs: readonly string[]) => void;
}

export function RunsView(props: RunsViewProps): React.JSX.Element {
  const { isCompact, isShown, experiment, filter, onLook } = props;
  const host = useHost();
  const { client, words } = host;
  const [round, setRound] = useState(0); // of looking again at names and experiments
  const where = client.scope.workspace ?? '';
  const experiments = useAnswer(signal => client.experiments(signal), where, round);
  const fields = useAnswer(
    signal => client.fields(experiment, signal),
    `${where}|${experiment}`,
    round
  );
  const known = fields.answer ?? NO_FIELDS;

  const memory = `runs:${isCompact ? 'panel' : 'table'}:${experiment}`;
  const [chosen, setChosen] = useState<{ key: string; choice: TableChoice | null }>();
  useEffect(() => {
    let isGone = false;
    void host.recall(memory).then(found => {
      if (!isGone) {
        setChosen({ key: memory, choice: columns.readChoice(found) });
      }
    });
    return () => {
      isGone = true;
    };
  }, [host, memory]);
  // What was chosen before says which columns there are; without it, the names of runs do.
  const isReady =
    chosen?.key === memory &&
    (chosen.choice !== null || fields.error !== null || fields.answer !== null);
  const choice = useMemo(
    () =>
      (chosen?.key === memory ? chosen.choice : null) ?? {
        ...columns.usual(known, isCompact, experiment),
        ...(props.sort ? { sort: props.sort } : {})
      },
    [chosen, memory, known, isCompact, experiment, props.sort]
  );
  const choose = (next: TableChoice | null, isKept = true) => {
    setChosen({ key: memory, choice: next });
    if (isKept) {
      host.remember(memory, next);
    }
  };

  const keys = choice.columns.map(column => column.key);
  const names = [...new Set([...NEEDED, ...keys])];
  const { pages, state } = usePages(isReady, {
    experiment,
    filter,
    sort: choice.sort,
    columns: names,
    group: choice.group
  });
  const grouped = pages instanceof GroupedPages ? pages : null;
  const refresh = useCallback(() => {
    pages?.refresh();
    setRound(before => before + 1);
  }, [pages]);
  useChanges(host.live, refresh, isShown);

  const [selected, setSelected] = useState<readonly string[]>([]);
  const { onSelected } = props;
  useEffect(() => onSelected?.(selected), [selected, onSelected]);
  const anchor = useRef<number | null>(null);
  const select = (row: number, how: 'only' | 'toggle' | 'extend') => {
    const id = pages?.row(row)?.id;
    if (id === undefined) {
      return;
    }
    if (how === 'extend' && anchor.current !== null) {
      const [from, to] = [Math.min(anchor.current, row), Math.max(anchor.current, row)];
      const between: string[] = [];
      for (let at = from; at <= to; at++) {
        const each = pages?.row(at)?.id;
        if (each !== undefined) {
          between.push(each);
        }
      }
      setSelected(before => [...new Set([...before, ...between])]);
      return;
    }
    anchor.current = row;
    setSelected(before =>
      how === 'only'
        ? [id]
        : before.includes(id)
          ? before.filter(each => each !== id)
          : [...before, id]
    );
  };

  const [isChoosing, setChoosing] = useState(false);
  const stopChoosing = useCallback(() => setChoosing(false), []);
  const problem = filterProblem(state.error);
  const hasRunning = (host.live.known?.running ?? 0) > 0;
  const now = useNow(hasRunning ? 1000 : 30_000, isShown);

  const sort = columns.sortOf(choice.sort);
  const gridColumns = choice.columns.map((column): GridColumn => ({
    key: column.key,
    label: columns.labelOf(column.key, words, isCompact),
    title: column.key,
    width: column.width,
    isNumeric: columns.isNumeric(column.key),
    sorted: sort.key !== column.key ? null : sort.descending ? 'descending' : 'ascending'
  }));
  const onSort = (column: GridColumn) => {
    // Numbers and times are wanted from the top, words from the beginning of the alphabet.
    const first = column.isNumeric || column.key.endsWith('_at') ? 'descending' : 'ascending';
    const next =
      column.sorted === null ? first : column.sorted === 'ascending' ? 'descending' : 'ascending';
    choose({ ...choice, sort: `${keyOf(column.key)} ${next === 'descending' ? 'desc' : 'asc'}` });
  };
  const onResize = (column: GridColumn, width: number, isDone: boolean) => {
    const resized = choice.columns.map(each =>
      each.key === column.key ? { ...each, width: Math.round(width) } : each
    );
    choose({ ...choice, columns: resized }, isDone);
  };
  const narrow = (key: string, value: ParamValue | undefined, isEqual: boolean) =>
    onLook(experiment, narrowed(filter, term(key, value, isEqual)));
  const open = (row: number) => {
    const id = pages?.row(row)?.id;
    if (id !== undefined) {
      host.openRun(id);
    }
  };
  const onKey = (event: React.KeyboardEvent, place: Place) => {
    const row = pages?.row(place.row);
    const key = keys[place.column];
    // Whatever is pressed with more than these is somebody else's shortcut.
    const isControl = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === 'Escape') {
      setSelected([]);
    } else if (event.key.toLowerCase() === 'c' && isPlain) {
      if (selected.length > 1) {
        host.openComparison?.(selected);
      }
    } else if (event.key.toLowerCase() === 'f' && isPlain && row && key) {
      event.preventDefault();
      narrow(key, row.values[key], !event.shiftKey);
    } else if (event.key === 'c' && isControl && row && key) {
      event.preventDefault();
      host.copy(columns.cellTitle(key, row.values[key]));
    }
  };
  const onRange = useCallback((from: number, to: number) => pages?.look(from, to), [pages]);

  if (state.error instanceof MissingServerError || fields.error instanceof MissingServerError) {
    return <ErrorNote error={state.error ?? fields.error} onRetry={refresh} />;
  }
  const total = state.total;
  const runCount = state.runCount ?? total ?? 0;
  const grouping = (
    <GroupChoice group={choice.group} onGroup={group => choose({ ...choice, group })} />
  );
  return (
    <div
      className={`nbm-runs ${isCompact ? 'nbm-mod-compact' : ''} ${problem ? 'nbm-mod-stale' : ''}`}
    >
      <div className="nbm-toolbar">
        <select
          className="nbm-input nbm-experiment"
          aria-label={words.__('Experiment')}
          value={experiment}
          onChange={event => onLook(event.target.value, filter)}
        >
          <option value="">{words.__('All experiments')}</option>
          {(experiments.answer ?? []).map(each => (
            <option key={each.name} value={each.name}>
              {`${format.value(each.name, 60)} (${format.number(each.run_count)})`}
            </option>
          ))}
          {experiment && !(experiments.answer ?? []).some(each => each.name === experiment) ? (
            <option value={experiment}>{format.value(experiment, 60)}</option>
          ) : null}
        </select>
        <div className="nbm-toolbar-end">
          {isCompact ? null : grouping}
          <div className="nbm-menu-anchor">
            <IconButton
              icon="columns"
              label={words.__('Choose columns')}
              expanded={isChoosing}
              onClick={() => setChoosing(before => !before)}
            />
            {isChoosing ? (
              <ColumnsMenu
                choice={choice}
                fields={known}
                more={isCompact ? grouping : null}
                onChoice={next => choose(next)}
                onClose={stopChoosing}
              />
            ) : null}
          </div>
          {isCompact && host.openRuns ? (
            <IconButton
              icon="open"
              label={words.__('Open as a table')}
              onClick={() => host.openRuns?.(experiment, filter)}
            />
          ) : null}
        </div>
        <FilterField
          filter={filter}
          fields={known}
          experiments={(experiments.answer ?? []).map(each => each.name)}
          problem={problem}
          onFilter={next => onLook(experiment, next)}
        />
      </div>
      {state.error && !problem ? (
        <ErrorNote error={state.error} onRetry={refresh} />
      ) : total === 0 && !problem ? (
        <NoRuns
          isFiltered={filter !== '' || experiment !== ''}
          notes={state.notes}
          why={props.whyNothing}
        />
      ) : (
        <Grid
          key={memory}
          label={words.__('Runs')}
          columns={gridColumns}
          pinned={choice.pinned}
          rowCount={total ?? 0}
          rowHeight={ROW_HEIGHT}
          isSelected={row => selected.includes(pages?.row(row)?.id ?? '')}
          rowClass={row =>
            pages?.row(row)?.values['status'] === 'running' ? 'nbm-mod-running' : ''
          }
          cell={(row, column) => (
            <RunCell
              column={column}
              row={pages?.row(row)}
              now={now}
              onOpen={host.openRun}
              onNarrow={narrow}
            />
          )}
          onRange={onRange}
          onSort={onSort}
          onResize={onResize}
          onOpen={open}
          onSelect={select}
          onKey={onKey}
          groups={
            grouped
              ? {
                  head: row => {
                    const head = grouped.head(row);
                    return (
                      head && { isOpen: head.isOpen, told: <GroupHead head={head} now={now} /> }
                    );
                  },
                  headOf: row => grouped.headOf(row),
                  toggle: row => grouped.toggle(row)
                }
              : undefined
          }
          selectLabel={row =>
            row < 0
              ? words.__('Selected')
              : words.__('Select %1', format.value(pages?.row(row)?.values['name'] ?? '', 60))
          }
        />
      )}
      {selected.length > 0 ? (
        <SelectionBar
          selected={selected}
          onClear={() => setSelected([])}
          onDone={() => {
            setSelected([]);
            refresh();
          }}
        />
      ) : (
        <div className="nbm-foot" role="status">
          {total === null || problem
            ? ''
            : words._n('%2 run', '%2 runs', runCount, format.number(runCount))}
          {grouped && Number(state.notes[0] ?? 0) > 0 ? (
            <span>
              {words._n(
                '%1 more group: narrow by a filter',
                '%1 more groups: narrow by a filter',
                Number(state.notes[0])
              )}
            </span>
          ) : null}
          {hasRunning ? (
            <span className="nbm-foot-running">
              {words.__('%1 running', host.live.known?.running ?? 0)}
            </span>
          ) : null}
        </div>
      )}
    </div>
  );
}

function filterProblem(error: unknown): FilterProblem | null {
  return error instanceof ApiError && error.position !== null
    ? { message: error.message, hint: error.hint, position: error.position }
    : null;
}

function NoRuns(props: {
  isFiltered: boolean;
  notes: readonly string[];
  why: string | undefined;
}): React.JSX.Element {
  const { words } = useHost();
  if (props.why !== undefined && !props.isFiltered) {
    return (
      <div className="nbm-empty">
        <strong>{words.__('No runs here')}</strong>
        <p>{props.why}</p>
      </div>
    );
  }
  return props.isFiltered ? (
    <div className="nbm-empty">
      <strong>{words.__('No run fits')}</strong>
      {props.notes.map(note => (
        <p key={note}>{format.value(note, 300)}</p>
      ))}
    </div>
  ) : (
    <div className="nbm-empty">
      <strong>{words.__('No runs yet')}</strong>
      <p>{words.__('Put one line above a cell of your notebook, and it is kept:')}</p>
      <pre className="nbm-code">
        {'%load_ext nbmlops\n\n%%track my-experiment\nmodel.fit(X, y)'}
      </pre>
    </div>
  );
}
