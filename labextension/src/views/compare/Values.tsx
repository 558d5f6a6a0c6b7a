/** Parameters and metrics as a table, a column for each run; what differs from the first is marked. */
import React, { useState } from 'react';
import { Section } from '../../components/Section';
import type { MetricRow, ParamRow } from '../../comparison';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Mark } from './Mark';
import { isStrong, useCompared } from './model';

const FEW = 40;

export function Values(): React.JSX.Element | null {
  const { words } = useHost();
  const { comparison, onlyDifferences } = useCompared();
  const metrics = comparison.metrics.filter(row => row.differs || !onlyDifferences);
  const params = comparison.params.filter(row => row.differs || !onlyDifferences);
  const all = comparison.metrics.length + comparison.params.length;
  if (all === 0) {
    return null;
  }
  const same = all - metrics.length - params.length;
  return (
    <Section title={words.__('Metrics and parameters')} name="compare-values">
      {metrics.length + params.length > 0 ? (
        <div
          className="nbm-compare-scroll"
          tabIndex={0}
          role="group"
          aria-label={words.__('Table of metrics and parameters')}
        >
          <table className="nbm-compare-table">
            <Head />
            <Rows title={words.__('Metrics')} rows={metrics}>
              {(row, id) => <MetricCell row={row} id={id} />}
            </Rows>
            <Rows title={words.__('Parameters')} rows={params}>
              {(row, id) => <ParamCell row={row} id={id} />}
            </Rows>
          </table>
        </div>
      ) : null}
      {same > 0 ? (
        <p className="nbm-says-same">
          {words._n('%1 more is the same in all runs.', '%1 more are the same in all runs.', same)}
        </p>
      ) : null}
    </Section>
  );
}

function Head(): React.JSX.Element {
  const { words } = useHost();
  const compared = useCompared();
  return (
    <thead>
      <tr>
        <th scope="col">
          <span className="nbm-unseen">{words.__('name')}</span>
        </th>
        {compared.runs.map(run => (
          <th
            key={run.id}
            scope="col"
            className={isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}
            title={visible(run.name, 120)}
            onMouseEnter={() => compared.hover(run.id)}
            onMouseLeave={() => compared.hover(null)}
          >
            <Mark id={run.id} withName />
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Rows<Row extends MetricRow | ParamRow>(props: {
  title: string;
  rows: readonly Row[];
  children: (row: Row, id: string) => React.ReactNode;
}): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const [isAll, setAll] = useState(false);
  const { rows } = props;
  if (rows.length === 0) {
    return null;
  }
  return (
    <tbody>
      <tr className="nbm-compare-group">
        <th scope="rowgroup" colSpan={compared.runs.length + 1}>
          <span>{props.title}</span>
        </th>
      </tr>
      {(isAll ? rows : rows.slice(0, FEW)).map(row => (
        <tr key={row.name} className={row.differs ? 'nbm-mod-differs' : ''}>
          <th scope="row" title={visible(row.name, 300)}>
            {visible(row.name, 80)}
            {'better' in row && row.better ? (
              <span className="nbm-faint" title={betterWord(row.better, words)}>
                {' '}
                {row.better === 'lower' ? '↓' : '↑'}
              </span>
            ) : null}
          </th>
          {compared.runs.map(run => (
            <td key={run.id} className={isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}>
              {props.children(row, run.id)}
            </td>
          ))}
        </tr>
      ))}
      {rows.length > FEW ? (
        <tr>
          <td colSpan={compared.runs.length + 1}>
            <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
              {isAll ? words.__('Fewer') : words.__('%1 more', rows.length - FEW)}
            </button>
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

function betterWord(better: string, words: { __(text: string): string }): string {
  return better === 'lower' ? words.__('lower is better') : words.__('higher is better');
}

function MetricCell(props: { row: MetricRow; id: string }): React.JSX.Element | null {
  const { row, id } = props;
  const { words } = useHost();
  const { first } = useCompared();
  const value = row.values[id];
  if (value === undefined) {
    return <Nothing />;
  }
  const change = id === first ? undefined : row.changes[id];
  const isBest = row.differs && row.best.includes(id);
  const verdict = change?.verdict ?? '';
  const moved = verdict === 'better' || verdict === 'worse' || verdict === 'changed';
  const difference = change?.difference ?? null;
  const rises = difference !== null && format.toNumber(difference) > 0;
  const word =
    verdict === 'better' ? words.__('better') : verdict === 'worse' ? words.__('worse') : '';
  return (
    <>
      <span className={`nbm-compare-number ${isBest ? 'nbm-mod-best' : ''}`} title={String(value)}>
        {format.number(value)}
        {isBest ? (
          <span className="nbm-best" title={words.__('best of these runs')}>
            {words.__('best')}
          </span>
        ) : null}
      </span>
      {moved && difference !== null ? (
        <span className={`nbm-compare-change ${word ? `nbm-mod-${verdict}` : ''}`} title={word}>
          {rises ? '▲' : '▼'} {format.difference(difference, value)}
          <span className="nbm-unseen"> {word}</span>
        </span>
      ) : verdict === 'rounding' ? (
        <span className="nbm-compare-change">{words.__('rounding')}</span>
      ) : null}
    </>
  );
}

function ParamCell(props: { row: ParamRow; id: string }): React.JSX.Element {
  const { row, id } = props;
  const { first } = useCompared();
  if (!(id in row.values)) {
    return <Nothing />;
  }
  const text = textsOf(row)[id];
  const isOther = row.differs && id !== first && !isSame(row, id, first);
  return (
    <span
      className={`nbm-mono ${isOther ? 'nbm-mod-other' : ''}`}
      title={format.exact(row.values[id], 1000)}
    >
      {text || '\u00a0'}
    </span>
  );
}

const texts = new WeakMap<ParamRow, Readonly<Record<string, string>>>();

/** What each run's value reads as beside the others'; made once for a row. */
function textsOf(row: ParamRow): Readonly<Record<string, string>> {
  let made = texts.get(row);
  if (made === undefined) {
    const apart = format.apart(Object.values(row.values));
    made = Object.fromEntries(Object.keys(row.values).map((id, at) => [id, apart[at] ?? '']));
    texts.set(row, made);
  }
  return made;
}

function isSame(row: ParamRow, one: string, other: string): boolean {
  return (
    one in row.values &&
    other in row.values &&
    JSON.stringify(row.values[one]) === JSON.stringify(row.values[other])
  );
}

function Nothing(): React.JSX.Element {
  const { words } = useHost();
  return (
    <span className="nbm-faint" title={words.__('This run has none')}>
      –
    </span>
  );
}
