/** One column of a report, opened: distributions, shifts, tests with their formulas, its course. */
import React from 'react';
import { Facts, type Fact } from '../../components/Facts';
import { StateMark } from '../../components/StateMark';
import type { ColumnDrift, DriftCheck, DriftResult, DriftTold, DriftTrend } from '../../drift';
import { isState } from '../../drifts';
import * as format from '../../format';
import { useHost, type Words } from '../../host';
import { visible } from '../../text';
import { percent, WideDistributions } from './Distributions';
import { WideTrend } from './Trend';

export function Details(props: {
  column: ColumnDrift;
  told: DriftTold;
  trend: DriftTrend | undefined;
  checks: readonly DriftCheck[];
  run: string;
}): React.JSX.Element {
  const { column, told, trend, checks } = props;
  const { words } = useHost();
  return (
    <div className="nbm-drift-details">
      <div>
        {column.shape ? (
          <Part title={words.__('Distributions')}>
            <WideDistributions shape={column.shape} name={column.name} />
          </Part>
        ) : null}
        <Quantiles column={column} />
      </div>
      <div>
        <Part title={words.__('Tests')}>
          {column.results.map((result, at) => (
            <Test key={at} result={result} told={told} />
          ))}
          {column.results.length === 0 ? (
            <p className="nbm-faint">{visible(column.reason, 300)}</p>
          ) : null}
        </Part>
        {trend && checks.length > 1 ? (
          <Part title={words.__('Over %1 checks', checks.length)}>
            <WideTrend trend={trend} checks={checks} run={props.run} />
          </Part>
        ) : null}
        <Also column={column} told={told} />
        {column.notes.map((note, at) => (
          <p key={at} className="nbm-faint">
            {visible(note, 300)}
          </p>
        ))}
      </div>
    </div>
  );
}

function Part(props: { title: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <section className="nbm-drift-part">
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

const PLACES = ['5 %', '25 %', '50 %', '75 %', '95 %'];

function Quantiles(props: { column: ColumnDrift }): React.JSX.Element | null {
  const { reference, current } = props.column;
  const { words } = useHost();
  if (reference === null || current === null) {
    return null;
  }
  const rows: (readonly [string, number | null, number | null])[] = [];
  if (reference.quantiles.length === 5 && current.quantiles.length === 5) {
    rows.push([words.__('lowest'), reference.minimum, current.minimum]);
    PLACES.forEach((place, at) =>
      rows.push([place, reference.quantiles[at] ?? null, current.quantiles[at] ?? null])
    );
    rows.push([words.__('highest'), reference.maximum, current.maximum]);
  }
  if (reference.mean !== null && current.mean !== null) {
    rows.push([words.__('mean'), reference.mean, current.mean]);
    rows.push([words.__('deviation'), reference.deviation, current.deviation]);
  }
  const missing = [reference, current].map(side =>
    side.row_count > 0 ? side.missing_count / side.row_count : 0
  );
  const facts: Fact[] = [
    {
      name: words.__('missing'),
      value: missing.some(share => share > 0) ? missing.map(percent).join(' → ') : ''
    },
    {
      name: words.__('type'),
      value:
        reference.dtype === current.dtype
          ? ''
          : `${visible(reference.dtype, 40)} → ${visible(current.dtype, 40)}`
    }
  ];
  return (
    <Part title={rows.length > 0 ? words.__('Quantile shifts') : words.__('Figures')}>
      {rows.length > 0 ? (
        <table className="nbm-quantiles">
          <thead>
            <tr>
              <td />
              <th scope="col">{words.__('reference')}</th>
              <th scope="col">{words.__('current')}</th>
              <th scope="col">{words.__('shift')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([place, before, now]) => (
              <tr key={place}>
                <th scope="row">{place}</th>
                <td>{format.number(before)}</td>
                <td>{format.number(now)}</td>
                <td>{shift(before, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <Facts
        facts={[
          {
            name: words.__('rows'),
            value: `${format.number(reference.row_count)} → ${format.number(current.row_count)}`
          },
          ...facts
        ]}
      />
    </Part>
  );
}

function shift(before: number | null, now: number | null): string {
  if (before === null || now === null) {
    return '';
  }
  const change = format.toNumber(now) - format.toNumber(before);
  return change === 0 ? '0' : `${change > 0 ? '+' : '−'}${format.number(Math.abs(change), 3)}`;
}

function Test(props: { result: DriftResult; told: DriftTold }): React.JSX.Element {
  const { result, told } = props;
  const { words } = useHost();
  const measure = told.measures[result.measure];
  const facts: Fact[] = [
    { name: words.__('statistic'), value: format.number(result.statistic) },
    { name: 'p', value: pValue(result.p_value) },
    { name: words.__('p, corrected'), value: pValue(result.p_adjusted) },
    {
      name: words.__('effect'),
      value:
        result.effect === null
          ? ''
          : `${format.number(result.effect, 3)} ${visible(result.effect_unit, 60)}`
    },
    { name: words.__('would have found'), value: detectable(result, words) },
    { name: words.__('because'), value: visible(result.reason, 300) }
  ];
  return (
    <div className="nbm-test">
      <div className="nbm-test-head">
        <strong>{measure?.title ?? visible(result.measure, 60)}</strong>
        {isState(result.state) ? <StateMark state={result.state} words={words} spoken /> : null}
      </div>
      {measure ? (
        <div className="nbm-formula" title={measure.source}>
          {measure.formula}
        </div>
      ) : null}
      <Facts facts={facts} />
      {measure ? <div className="nbm-source">{measure.source}</div> : null}
    </div>
  );
}

function detectable(result: DriftResult, words: Words): string {
  if (result.detectable === null) {
    return '';
  }
  const size = format.number(result.detectable, 2);
  const unit = result.measure === 'cramer_von_mises' ? 'sd' : visible(result.effect_unit, 40);
  return words.__('%1 %2 in 4 of 5 cases', size, unit);
}

/** The measures that are shown and decide nothing. */
function Also(props: { column: ColumnDrift; told: DriftTold }): React.JSX.Element | null {
  const { column, told } = props;
  const { words } = useHost();
  const measured = Object.entries(column.measures).filter(([name]) => name in told.measures);
  if (measured.length === 0) {
    return null;
  }
  return (
    <Part title={words.__('Also measured; it decides nothing')}>
      <table className="nbm-also">
        <tbody>
          {measured.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{told.measures[name]?.title}</th>
              <td>{format.number(value, 3)}</td>
              <td className="nbm-formula" title={told.measures[name]?.source}>
                {told.measures[name]?.formula}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

/** A p-value as people read it, as in nbmlops/views/drift_lines.py. */
export function pValue(given: number | null): string {
  if (given === null) {
    return '';
  }
  const p = format.toNumber(given);
  if (p < 1e-12) {
    return '< 1e-12';
  }
  return p < 0.001 ? p.toExponential(0).replace(/e-(\d)$/, 'e-0$1') : p.toFixed(3);
}
