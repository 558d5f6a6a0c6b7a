/** The data of the runs, told against the first run's down to the column. */
import React, { useState } from 'react';
import { Section } from '../../components/Section';
import type { ColumnChange, DataChange, DatasetRow } from '../../comparison';
import { useHost, type Words } from '../../host';
import { visible } from '../../text';
import { Mark } from './Mark';
import { isStrong, useCompared } from './model';

const FEW_COLUMNS = 12;

export function Data(): React.JSX.Element | null {
  const { words } = useHost();
  const { comparison, onlyDifferences } = useCompared();
  if (comparison.data.length === 0) {
    return null;
  }
  const differs = (row: DatasetRow) =>
    Object.values(row.changes).some(change => change.state !== 'same');
  const rows = comparison.data.filter(row => !onlyDifferences || differs(row));
  const same = comparison.data.length - rows.length;
  return (
    <Section title={words.__('Data')} name="compare-data" count={comparison.data.length}>
      {rows.map(row => (
        <Dataset key={`${row.role}\n${row.name}`} row={row} />
      ))}
      {same > 0 ? (
        <p className="nbm-says-same">
          {words._n(
            '%1 dataset is the same in all runs.',
            '%1 datasets are the same in all runs.',
            same
          )}
        </p>
      ) : null}
    </Section>
  );
}

function Dataset(props: { row: DatasetRow }): React.JSX.Element {
  const { row } = props;
  const { words } = useHost();
  const compared = useCompared();
  const { runs, first, onlyDifferences } = compared;
  const others = runs.filter(run => {
    const state = row.changes[run.id]?.state;
    return run.id !== first && (!onlyDifferences || (state !== undefined && state !== 'same'));
  });
  return (
    <div className="nbm-block">
      <div className="nbm-block-head">
        <span className="nbm-chip">{visible(row.role, 20)}</span>
        <strong>{visible(row.name, 80)}</strong>
        <Mark id={first} />
        <span>{visible(row.sizes[first] ?? '', 60) || words.__('not there')}</span>
      </div>
      {others.map(run => {
        const change = row.changes[run.id];
        return (
          <div
            key={run.id}
            className={`nbm-data-run ${isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}`}
          >
            <Mark id={run.id} />
            <span className="nbm-data-size">{visible(row.sizes[run.id] ?? '', 60)}</span>
            <div className="nbm-data-says">
              {change === undefined || change.state === 'same' ? (
                <span className="nbm-faint">{words.__('the same')}</span>
              ) : (
                <>
                  <Says change={change} />
                  <Columns columns={change.columns} />
                </>
              )}
            </div>
          </div>
        );
      })}
    </div>
  );
}

function Says(props: { change: DataChange }): React.JSX.Element {
  const { change } = props;
  return (
    <span className={change.state === 'differs' ? 'nbm-says' : 'nbm-faint'}>
      {change.state === 'unsure' ? '? ' : ''}
      {change.says.map(each => visible(each, 200)).join(' · ')}
    </span>
  );
}

function Columns(props: { columns: readonly ColumnChange[] }): React.JSX.Element | null {
  const { columns } = props;
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  if (columns.length === 0) {
    return null;
  }
  return (
    <>
      <ul className="nbm-columns">
        {(isAll ? columns : columns.slice(0, FEW_COLUMNS)).map(column => (
          <li key={column.name} data-change={column.change}>
            <span className="nbm-columns-sign" aria-hidden="true">
              {SIGNS[column.change] ?? '·'}
            </span>
            <span className="nbm-mono">{visible(column.name, 60)}</span>{' '}
            <span className="nbm-faint">{columnWord(column, words)}</span>
          </li>
        ))}
      </ul>
      {columns.length > FEW_COLUMNS ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more columns', columns.length - FEW_COLUMNS)}
        </button>
      ) : null}
    </>
  );
}

const SIGNS: Readonly<Record<string, string>> = {
  added: '+',
  removed: '−',
  values: '≠',
  type: '≠'
};

function columnWord(column: ColumnChange, words: Words): string {
  const [before, after] = [visible(column.before, 60), visible(column.after, 60)];
  const moved = before || after ? `${before} → ${after}` : '';
  const told: Record<string, string> = {
    added: words.__('added'),
    removed: words.__('removed'),
    values: moved ? words.__('other values, %1', moved) : words.__('other values'),
    type: words.__('other type, %1', moved)
  };
  return told[column.change] ?? visible(column.change, 40);
}
