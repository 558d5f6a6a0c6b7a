/** The columns of a report as a table; a row opens what is known of its column. */
import React, { useId, useMemo, useState } from 'react';
import { StateMark } from '../../components/StateMark';
import type { ColumnDrift, DriftReport, DriftResult, DriftTold } from '../../drift';
import { isState, STATES } from '../../drifts';
import * as format from '../../format';
import { useHost } from '../../host';
import type { DriftTrendsAnswer } from '../../routes';
import { visible } from '../../text';
import { Details, pValue } from './Details';
import { Distributions } from './Distributions';
import { Sparkline } from './Trend';

export type Key = 'weight' | 'name' | 'moves' | 'effect' | 'p';

export interface Order {
  readonly key: Key;
  readonly isUp: boolean;
}

interface Head {
  readonly key: Key | null;
  readonly label: string;
  readonly name: string;
}

export function ReportTable(props: {
  report: DriftReport;
  told: DriftTold;
  over: DriftTrendsAnswer | null;
  run: string;
  /** The places of the columns that are shown. */
  rows: readonly number[];
  most: number;
  order: Order;
  onOrder: (order: Order) => void;
}): React.JSX.Element {
  const { report, told, over, run, rows, most, order, onOrder } = props;
  const { words } = useHost();
  const id = useId();
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const trends = useMemo(
    () => new Map((over?.trends ?? []).map(trend => [trend.column, trend])),
    [over]
  );
  const checks = over?.checks ?? [];
  const at = checks.findIndex(check => check.run === run);
  const hasMoves = told.moves.some(Boolean);
  const hasTrends = checks.length > 1;
  const heads: Head[] = [
    { key: 'weight', label: words.__('Column'), name: 'name' },
    { key: null, label: words.__('Distributions'), name: 'shape' },
    { key: null, label: words.__('What changed'), name: 'change' },
    ...(hasMoves
      ? [
          {
            key: 'moves' as const,
            label: words.__('Moves the mean %1 by', visible(report.harm?.output ?? '', 40)),
            name: 'moves'
          }
        ]
      : []),
    { key: 'effect', label: words.__('Effect'), name: 'effect' },
    { key: 'p', label: words.__('p, corrected'), name: 'p' },
    ...(hasTrends ? [{ key: null, label: words.__('Over time'), name: 'trend' }] : [])
  ];
  const sorted = useMemo(() => inOrder(rows, report, order), [rows, report, order]);
  const toggle = (place: number) =>
    setOpen(before => {
      const next = new Set(before);
      if (!next.delete(place)) {
        next.add(place);
      }
      return next;
    });

  if (rows.length === 0) {
    return <p className="nbm-empty">{words.__('No column fits')}</p>;
  }
  return (
    <div className="nbm-drift-frame">
      <table className="nbm-drift-table" aria-label={words.__('Columns')} onKeyDown={walk}>
        <thead>
          <tr>
            {heads.map(head => (
              <th
                key={head.name}
                scope="col"
                className={`nbm-drift-${head.name}`}
                aria-sort={
                  head.key === null || head.key !== order.key
                    ? undefined
                    : order.isUp
                      ? 'ascending'
                      : 'descending'
                }
              >
                {head.key === null ? (
                  head.label
                ) : (
                  <Sorter head={head} sortKey={head.key} order={order} onOrder={onOrder} />
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, most).map(place => {
            const column = report.columns[place];
            if (column === undefined) {
              return null;
            }
            const leading = leadingOf(column);
            const trend = trends.get(column.name);
            const isOpen = open.has(place);
            const panel = `${id}${place}`;
            return (
              <React.Fragment key={place}>
                <tr
                  className="nbm-drift-row"
                  data-state={column.state}
                  data-open={isOpen}
                  onClick={event => {
                    // A click that marks text is no wish to open.
                    const isButton = (event.target as Element).closest('button') !== null;
                    if (!isButton && getSelection()?.isCollapsed !== false) {
                      toggle(place);
                    }
                  }}
                >
                  <th scope="row" className="nbm-drift-name">
                    <button
                      type="button"
                      className="nbm-drift-opener"
                      aria-expanded={isOpen}
                      aria-controls={isOpen ? panel : undefined}
                      onClick={() => toggle(place)}
                    >
                      <span className="nbm-section-arrow" aria-hidden="true">
                        {isOpen ? '▾' : '▸'}
                      </span>
                      {isState(column.state) ? (
                        <StateMark state={column.state} words={words} />
                      ) : null}
                      <span className="nbm-drift-column" title={visible(column.name, 300)}>
                        {visible(column.name, 60)}
                      </span>
                    </button>
                    <span className="nbm-drift-kind">
                      {[
                        column.role === 'feature' ? '' : visible(column.role, 20),
                        visible(column.kind, 30)
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </span>
                  </th>
                  <td className="nbm-drift-shape">
                    {column.shape ? (
                      <Distributions shape={column.shape} width={132} height={30} />
                    ) : null}
                  </td>
                  <td className="nbm-drift-change">{told.changes[place]}</td>
                  {hasMoves ? (
                    <td className="nbm-drift-moves">
                      <Moves told={told.moves[place] ?? ''} />
                    </td>
                  ) : null}
                  <td className="nbm-drift-effect">
                    {leading === null || leading.effect === null ? (
                      ''
                    ) : (
                      <>
                        {format.number(leading.effect, 3)}
                        <span className="nbm-drift-unit">{visible(leading.effect_unit, 40)}</span>
                      </>
                    )}
                  </td>
                  <td className="nbm-drift-p">{leading ? pValue(leading.p_adjusted) : ''}</td>
                  {hasTrends ? (
                    <td className="nbm-drift-trend">
                      {trend ? <Sparkline trend={trend} at={at} /> : null}
                    </td>
                  ) : null}
                </tr>
                {isOpen ? (
                  <tr className="nbm-drift-opened" id={panel}>
                    <td colSpan={heads.length}>
                      <Details
                        column={column}
                        told={told}
                        trend={trend}
                        checks={checks}
                        run={run}
                      />
                    </td>
                  </tr>
                ) : null}
              </React.Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** By how much a column moves the mean prediction, and the interval below it. */
function Moves(props: { told: string }): React.JSX.Element {
  const [, size = '', interval = ''] = /^(\S*) ?(.*)$/s.exec(props.told) ?? [];
  return (
    <>
      {size}
      <span className="nbm-drift-unit">{interval}</span>
    </>
  );
}

function Sorter(props: {
  head: Head;
  sortKey: Key;
  order: Order;
  onOrder: (order: Order) => void;
}): React.JSX.Element {
  const { head, sortKey, order, onOrder } = props;
  const { words } = useHost();
  const isColumn = sortKey === 'weight';
  const isSorted = order.key === sortKey || (isColumn && order.key === 'name');
  const next = (): Order => {
    if (isColumn) {
      // By what matters, then by the alphabet from either end.
      return order.key === 'weight'
        ? { key: 'name', isUp: true }
        : order.key === 'name' && order.isUp
          ? { key: 'name', isUp: false }
          : { key: 'weight', isUp: true };
    }
    const isUpFirst = sortKey === 'p';
    return order.key === sortKey
      ? { key: sortKey, isUp: !order.isUp }
      : { key: sortKey, isUp: isUpFirst };
  };
  const arrow =
    order.key === 'weight' && isColumn ? words.__('by what matters') : order.isUp ? '↑' : '↓';
  return (
    <button type="button" className="nbm-sorter" onClick={() => onOrder(next())}>
      {head.label}
      {isSorted ? <span className="nbm-sorter-said">{arrow}</span> : null}
    </button>
  );
}

/** The test that speaks for a column, as in nbmlops/drift/records.py. */
export function leadingOf(column: ColumnDrift): DriftResult | null {
  const weight = (result: DriftResult) =>
    STATES.findIndex(state => state === result.state) * 10 + (result.p_adjusted ?? 0);
  const tested = column.results.filter(result => result.statistic !== null);
  return tested.reduce<DriftResult | null>(
    (best, each) => (best === null || weight(each) < weight(best) ? each : best),
    null
  );
}

function inOrder(rows: readonly number[], report: DriftReport, order: Order): readonly number[] {
  if (order.key === 'weight') {
    return rows;
  }
  const effects = new Map((report.harm?.effects ?? []).map(each => [each.column, each.effect]));
  const valueOf = (place: number): number | string | null => {
    const column = report.columns[place];
    if (column === undefined) {
      return null;
    }
    const leading = leadingOf(column);
    const number = (given: number | null | undefined) =>
      given === null || given === undefined ? null : format.toNumber(given);
    switch (order.key) {
      case 'name':
        return column.name.toLowerCase();
      case 'moves': {
        const moved = number(effects.get(column.name));
        return moved === null ? null : Math.abs(moved);
      }
      case 'p':
        return number(leading?.p_adjusted);
      default:
        return number(leading?.effect);
    }
  };
  const sign = order.isUp ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [first, second] = [valueOf(one), valueOf(other)];
    if (first === null || second === null) {
      return first === second ? one - other : first === null ? 1 : -1; // what has none comes last
    }
    return first === second ? one - other : (first < second ? -1 : 1) * sign;
  });
}

/** Arrows walk over the rows, as in a list. */
function walk(event: React.KeyboardEvent<HTMLTableElement>): void {
  const target = event.target as Element;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!target.matches('.nbm-drift-opener')) {
    return;
  }
  const openers = [...event.currentTarget.querySelectorAll<HTMLElement>('.nbm-drift-opener')];
  const at = openers.indexOf(target as HTMLElement);
  const to =
    step !== undefined
      ? openers[at + step]
      : event.key === 'Home'
        ? openers[0]
        : event.key === 'End'
          ? openers.at(-1)
          : undefined;
  if (to) {
    event.preventDefault();
    event.stopPropagation();
    to.focus();
    return;
  }
  const isOpen = target.getAttribute('aria-expanded') === 'true';
  if ((event.key === 'ArrowRight' && !isOpen) || (event.key === 'ArrowLeft' && isOpen)) {
    event.preventDefault();
    (target as HTMLElement).click();
  }
}
