/** Curves of one metric by uPlot: it reads its colors when it draws, and tells its end in words. */
import React, { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import * as format from '../format';
import { useHost, type Words } from '../host';
import type { Line } from '../lines';
import { useThemeKey } from './hooks';

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly xIsTime: boolean;
  readonly isLog: boolean;
  readonly height: number;
  /** How values and places are told; as plain numbers where it is not said. */
  readonly unit?: (value: number | null) => string;
  readonly xUnit?: (place: number) => string;
  /** Called with the part of the x axis that a person chose, null for all of it. */
  readonly onZoom?: ((range: readonly [number, number] | null) => void) | undefined;
}

/** uPlot's number for a logarithmic scale; its enumeration exists for the compiler only. */
export const LOGARITHMIC = JSON.parse('{"distr":3}') as uPlot.Scale;
const COLORS = ['--nbm-line-1', '--nbm-line-2', '--nbm-line-3', '--nbm-line-4', '--nbm-line-5'];

export function css(element: Element, name: string, otherwise: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim() || otherwise;
}

/** The lines over one x axis, as uPlot takes them. */
export function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const tables = lines.map((line): uPlot.AlignedData => [[...line.x], [...line.y]]);
  return tables.length === 1 && tables[0] ? tables[0] : uPlot.join(tables);
}

export function Chart(props: ChartProps): React.JSX.Element {
  const { lines, xIsTime, isLog, height } = props;
  const { words } = useHost();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useThemeKey();
  const [hover, setHover] = useState<number | null>(null);
  const data = useMemo(() => aligned(lines), [lines]);
  const latest = useRef(data);
  latest.current = data;
  const zoomed = useRef(props.onZoom);
  zoomed.current = props.onZoom;
  const unit = useRef(props.unit);
  unit.current = props.unit;
  const labels = lines.map(line => line.label).join('\n');
  const hasPositive = !lines.some(line => line.y.some(each => each !== null && each <= 0));

  useEffect(() => {
    const element = frame.current;
    if (element === null) {
      return undefined;
    }
    const ink = css(element, '--nbm-faint', '#777');
    const hair = css(element, '--nbm-grid', '#ddd');
    const font = `11px ${css(element, '--jp-ui-font-family', 'system-ui, sans-serif')}`;
    const axis: uPlot.Axis = {
      stroke: ink,
      font,
      grid: { stroke: hair, width: 1 },
      ticks: { show: false },
      border: { show: false }
    };
    const made = new uPlot(
      {
        width: Math.max(element.clientWidth, 80),
        height,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { size: 6 },
          drag: { x: true, y: false, setScale: zoomed.current === undefined },
          sync: { key: 'nbmlops' }
        },
        scales: { x: { time: xIsTime }, y: isLog && hasPositive ? LOGARITHMIC : {} },
        axes: [
          { ...axis, size: 26, space: 60 },
          {
            ...axis,
            size: 52,
            space: 28,
            gap: 6,
            values: (_, ticks) =>
              ticks.map(tick => (unit.current ?? format.tick)(tick as number | null))
          }
        ],
        series: [
          {},
          ...labels.split('\n').map((label, at): uPlot.Series => {
            const color = css(element, COLORS[at % COLORS.length] ?? '', '#4779d1');
            return { label, stroke: color, width: 1.6, spanGaps: false, points: { show: false } };
          })
        ],
        hooks: {
          setCursor: [at => setHover(at.cursor.idx ?? null)],
          setSelect: [
            at => {
              if (zoomed.current && at.select.width > 4) {
                const from = at.posToVal(at.select.left, 'x');
                zoomed.current([from, at.posToVal(at.select.left + at.select.width, 'x')]);
                at.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              }
            }
          ]
        }
      },
      latest.current,
      element
    );
    plot.current = made;
    const back = () => zoomed.current?.(null);
    made.over.addEventListener('dblclick', back);
    const observer = new ResizeObserver(() => {
      const width = Math.floor(element.clientWidth);
      if (width > 0 && width !== made.width) {
        made.setSize({ width, height });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [labels, theme, xIsTime, isLog, hasPositive, height]);
  useEffect(() => plot.current?.setData(data), [data]);

  const at = hover ?? data[0].length - 1;
  const x = data[0][at];
  const told = lines.map((line, which) => {
    const values = data[which + 1] ?? [];
    return { label: line.label, text: (props.unit ?? precise)(values[at] ?? null), which };
  });
  const where =
    x === undefined
      ? ''
      : xIsTime
        ? format.instant(new Date(x * 1000).toISOString())
        : (props.xUnit ?? format.number)(x);
  return (
    <figure className="nbm-chart">
      <figcaption className="nbm-chart-head">
        <span className="nbm-chart-title" title={props.title}>
          {props.title}
        </span>
        <span className="nbm-chart-read" aria-hidden="true">
          {told.map(each => (
            <span key={each.which} className="nbm-chart-value">
              {lines.length > 1 ? (
                <span
                  className="nbm-dot"
                  style={{ background: `var(${COLORS[each.which % COLORS.length] ?? ''})` }}
                />
              ) : null}
              {each.text}
            </span>
          ))}
          <span className="nbm-faint">{xIsTime ? where : words.__('at %1', where)}</span>
        </span>
      </figcaption>
      <div
        ref={frame}
        className="nbm-chart-frame"
        style={{ height }}
        role="img"
        aria-label={lines.map(line => spoken(line, words)).join('; ')}
      />
    </figure>
  );
}

function precise(value: number | null): string {
  return format.number(value, 5);
}

export function spoken(line: Line, words: Words): string {
  const finite = line.y.filter((each): each is number => each !== null);
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) {
    return words.__('%1: nothing to draw', line.label);
  }
  const low = finite.reduce((least, each) => Math.min(least, each), first);
  const high = finite.reduce((most, each) => Math.max(most, each), first);
  return words.__(
    '%1: from %2 to %3, lowest %4, highest %5',
    line.label,
    format.number(first),
    format.number(last),
    format.number(low),
    format.number(high)
  );
}
