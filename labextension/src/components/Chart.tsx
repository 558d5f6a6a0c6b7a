/** Curves of one metric by uPlot: it reads its colors when it draws, and tells its end in words. */
import React, { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import * as format from '../format';
import { useHost, type Words } from '../host';
import type { Line } from '../lines';
import { useThemeKey } from './hooks';
import {
  aligned,
  css,
  drawInTime,
  LOGARITHMIC,
  settle,
  tellZoom,
  themed,
  valueAxis,
  VALUES,
  type Zoom
} from './plots';

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly xIsTime: boolean;
  readonly isLog: boolean;
  readonly height: number;
  /** Whether it moves: its words then change once a second, which is as often as they can be heard. */
  readonly isLive?: boolean;
  /** How values and places are told; as plain numbers where it is not said. */
  readonly unit?: (value: number | null) => string;
  readonly xUnit?: (place: number) => string;
  /** Called with the part of the x axis that a person chose, null for all of it. */
  readonly onZoom?: Zoom | undefined;
}

const SPOKEN_MS = 1000;
const COLORS = ['--nbm-line-1', '--nbm-line-2', '--nbm-line-3', '--nbm-line-4', '--nbm-line-5'];

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
    const axis = themed(element);
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
        scales: { x: { time: xIsTime }, y: isLog && hasPositive ? LOGARITHMIC : VALUES },
        axes: [{ ...axis, size: 26, space: 60 }, valueAxis(element, () => unit.current)],
        series: [
          {},
          ...labels.split('\n').map((label, at): uPlot.Series => {
            const color = css(element, COLORS[at % COLORS.length] ?? '', '#4779d1');
            return { label, stroke: color, width: 1.6, spanGaps: false, points: { show: false } };
          })
        ],
        hooks: {
          setCursor: [at => setHover(at.cursor.idx ?? null)],
          setSelect: [at => tellZoom(at, zoomed.current)]
        }
      },
      latest.current,
      element
    );
    plot.current = made;
    const remove = settle(made, element, height, () => zoomed.current?.(null));
    return () => {
      plot.current = null;
      remove();
    };
  }, [labels, theme, xIsTime, isLog, hasPositive, height]);
  // In the frame of the words above it. A plot of other lines is about to be made anew.
  useLayoutEffect(() => {
    const there = plot.current;
    if (there !== null && there.data !== data && there.series.length === data.length) {
      drawInTime(there, data);
    }
  }, [data]);
  const label = useRef({ text: '', at: 0 });
  const now = Date.now();
  if (!props.isLive || now - label.current.at >= SPOKEN_MS) {
    label.current = { text: lines.map(line => spoken(line, words)).join('; '), at: now };
  }

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
        aria-label={label.current.text}
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
