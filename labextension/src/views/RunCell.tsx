/** One cell of the table of runs: its text, and the way to narrow the table to it. */
import React from 'react';
import { cellText, cellTitle } from '../columns';
import type { GridColumn } from '../components/Grid';
import { Icon } from '../components/icons';
import { isStatus, StatusMark } from '../components/StatusMark';
import * as format from '../format';
import { useHost } from '../host';
import type { Row } from '../pages';
import type { ParamValue } from '../records';

/** Columns whose exact value says nothing to filter by. */
const ALONE = new Set(['started_at', 'ended_at', 'duration_seconds', 'note', 'id']);

export function RunCell(props: {
  column: GridColumn;
  row: Row | undefined;
  now: number;
  onOpen: (id: string) => void;
  onNarrow: (key: string, value: ParamValue | undefined, isEqual: boolean) => void;
}): React.JSX.Element {
  const { column, row, now } = props;
  const { words } = useHost();
  if (row === undefined) {
    return <span className="nbm-ghost" aria-hidden="true" />;
  }
  const given = row.values[column.key];
  const status = row.values['status'];
  if (column.key === 'name') {
    return (
      <>
        {isStatus(status) ? <StatusMark status={status} words={words} /> : null}
        <a
          className="nbm-run-name"
          href={`#${row.id}`}
          tabIndex={-1}
          title={whichRun(row)}
          onClick={event => {
            event.preventDefault();
            if (!event.shiftKey && !event.ctrlKey && !event.metaKey) {
              props.onOpen(row.id);
            }
          }}
        >
          {cellText('name', given, now, words) || words.__('unnamed')}
        </a>
      </>
    );
  }
  if (column.key === 'status' && isStatus(status)) {
    return (
      <>
        <StatusMark status={status} words={words} spoken />
        <Narrow {...props} given={given} />
      </>
    );
  }
  const isGoing = column.key === 'duration_seconds' && status === 'running';
  const text = isGoing
    ? format.duration(Math.floor((now - Date.parse(row.values['started_at'] as string)) / 1000))
    : cellText(column.key, given, now, words, column.width < 80);
  return (
    <>
      <span
        className={`nbm-grid-text ${isGoing ? 'nbm-mod-going' : ''}`}
        title={cellTitle(column.key, given)}
      >
        {text}
      </span>
      {ALONE.has(column.key) ? null : <Narrow {...props} given={given} />}
    </>
  );
}

/** What tells a run from others of its name. */
function whichRun({ id, values }: Row): string {
  const named = cellTitle('name', values['name']);
  return [named, cellTitle('started_at', values['started_at']), format.shortId(id)]
    .filter(Boolean)
    .join('\n');
}

function Narrow(props: {
  column: GridColumn;
  given: ParamValue | undefined;
  onNarrow: (key: string, value: ParamValue | undefined, isEqual: boolean) => void;
}): React.JSX.Element {
  const { words } = useHost();
  const label = words.__('Only runs with this value; with Shift, those without');
  return (
    <button
      type="button"
      className="nbm-narrow"
      tabIndex={-1}
      title={label}
      aria-label={label}
      onClick={event => {
        event.stopPropagation();
        props.onNarrow(props.column.key, props.given, !event.shiftKey);
      }}
    >
      <Icon name="funnel" />
    </button>
  );
}
