/** Many curves over one axis: each with its look and its letter at its end; some stand out. */
import React, { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import * as format from '../format';
import { useHost } from '../host';
import type { Line } from '../lines';
import { MANY, type Look } from '../looks';
import { spoken } from './Chart';
import { useThemeKey } from './hooks';
import {
  aligned,
  css,
  LOGARITHMIC,
  settle,
  tellZoom,
  themed,
  valueAxis,
  VALUES,
  type Zoom
} from './plots';
import { boxOf, register } from './plotted';

export interface OverlayLine {
  readonly id: string;
  readonly look: Look;
  readonly line: Line;
  /** The same line before it was made calmer; null where it was not. */
  readonly raw: Line | null;
}

export interface OverlayProps {
  readonly title: string;
  readonly lines: readonly OverlayLine[];
  readonly isStrong: (id: string) => boolean;
  /** Whether a line is told by its letter and by the circle of the pointer. */
  readonly isTold: (id: string) => boolean;
  readonly isLog: boolean;
  readonly height: number;
  readonly xUnit: (place: number) => string;
  readonly onZoom: Zoom;
  readonly onHover: (id: string | null) => void;
}

const WEAK = 0.13;
const LETTER_ROOM = 24;
const CROWD = 0.75;
/** So far from the pointer a point may be that it still means. */
const NEAR_PIXELS = 30;

export function Overlay(props: OverlayProps): React.JSX.Element {
  const { lines, isLog, height } = props;
  const { words } = useHost();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const points = useRef<HTMLElement[]>([]);
  const theme = useThemeKey();
  const [read, setRead] = useState<{ id: string; x: number; y: number } | null>(null);
  const given = useRef(props);
  given.current = props;
  // The raw lines lie below: uPlot draws in this order.
  const drawn = useMemo(
    () => [
      ...lines
        .filter(each => each.raw !== null)
        .map(each => ({ ...each, line: each.raw ?? each.line, isRaw: true })),
      ...lines.map(each => ({ ...each, isRaw: false }))
    ],
    [lines]
  );
  const data = useMemo(() => aligned(drawn.map(each => each.line)), [drawn]);
  const latest = useRef({ data, drawn });
  latest.current = { data, drawn };
  const shape = drawn.map(each => `${each.id}${each.isRaw ? '~' : ''}`).join('|');

  useEffect(() => {
    const element = frame.current;
    if (element === null) {
      return undefined;
    }
    const axis = themed(element);
    const colors = latest.current.drawn.map(each => css(element, each.look.variable, '#4779d1'));
    const letters = (at: uPlot, ctx: CanvasRenderingContext2D, scale: number) =>
      writeLetters(at, ctx, scale, latest.current.drawn, colors, given.current.isTold);
    const made = new uPlot(
      {
        width: Math.max(element.clientWidth, 80),
        height,
        padding: [8, LETTER_ROOM, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: {
            size: 6,
            show: (_, at) => (points.current[at] = pointOf(at, colors, latest.current.drawn))
          },
          hover: { prox: NEAR_PIXELS },
          drag: { x: true, y: false, setScale: false }
        },
        scales: { x: { time: false }, y: isLog ? LOGARITHMIC : VALUES },
        axes: [
          {
            ...axis,
            size: 26,
            space: 64,
            values: (_, ticks) => ticks.map(tick => given.current.xUnit(tick))
          },
          valueAxis(element, () => undefined)
        ],
        series: [
          {},
          ...latest.current.drawn.map((each, at): uPlot.Series => ({
            stroke: colors[at] ?? '',
            width: each.isRaw ? 1 : 1.8,
            dash: [...each.look.dash],
            spanGaps: false,
            points: { show: false }
          }))
        ],
        hooks: {
          setCursor: [at => setRead(nearest(at, latest.current.drawn))],
          setSelect: [at => tellZoom(at, given.current.onZoom)],
          draw: [at => letters(at, at.ctx, window.devicePixelRatio || 1)]
        }
      },
      latest.current.data,
      element
    );
    plot.current = made;
    strengthen(made, latest.current.drawn, given.current, points.current);
    const remove = settle(made, element, height, () => given.current.onZoom(null));
    const forget = register(element, made, ctx => letters(made, ctx, 1));
    return () => {
      plot.current = null;
      forget();
      remove();
    };
  }, [shape, theme, isLog, height]);
  useEffect(() => plot.current?.setData(data), [data]);
  const strength = lines
    .map(each => (props.isTold(each.id) ? '2' : props.isStrong(each.id) ? '1' : '0'))
    .join('');
  useEffect(() => {
    if (plot.current) {
      strengthen(plot.current, latest.current.drawn, given.current, points.current);
      plot.current.redraw(false);
    }
  }, [strength, shape, theme, isLog]);
  const pointed = read?.id ?? null;
  const tell = useRef(pointed);
  useEffect(() => {
    if (tell.current !== pointed) {
      tell.current = pointed;
      given.current.onHover(pointed);
    }
  }, [pointed]);

  const of = lines.find(each => each.id === read?.id);
  return (
    <figure className="nbm-chart">
      <figcaption className="nbm-chart-head">
        <span className="nbm-chart-title" title={props.title}>
          {props.title}
        </span>
        <span className="nbm-chart-read" aria-hidden="true">
          {of && read ? (
            <>
              <span className="nbm-chart-value">
                <span className="nbm-dot" style={{ background: `var(${of.look.variable})` }} />
                <b>{of.look.letter}</b>
              </span>
              <span>{format.number(read.y, 5)}</span>
              <span className="nbm-faint">{words.__('at %1', props.xUnit(read.x))}</span>
            </>
          ) : null}
        </span>
      </figcaption>
      <div
        ref={frame}
        className="nbm-chart-frame"
        style={{ height }}
        role="img"
        aria-label={`${props.title}: ${lines
          .map(each => `${each.look.letter} ${spoken(each.line, words)}`)
          .join('; ')}`}
      />
    </figure>
  );
}

type Drawn = readonly (OverlayLine & { readonly isRaw: boolean })[];

/** Weak lines fade, the raw ones are always faint, and those of a crowd are thin. */
function strengthen(
  at: uPlot,
  drawn: Drawn,
  given: Pick<OverlayProps, 'isStrong' | 'isTold'>,
  points: readonly (HTMLElement | undefined)[]
): void {
  const isCrowd = drawn.filter(each => !each.isRaw).length > MANY;
  drawn.forEach((each, which) => {
    const [series, isTold] = [at.series[which + 1], given.isTold(each.id)];
    if (series) {
      const alpha = !given.isStrong(each.id) ? WEAK : isTold ? 1 : CROWD;
      series.alpha = alpha * (!each.isRaw ? 1 : alpha === WEAK ? 0.4 : 0.28);
      series.width = each.isRaw || (isCrowd && !isTold) ? 1 : 1.8;
    }
    const point = points[which + 1];
    if (point) {
      point.style.visibility = isTold ? '' : 'hidden';
    }
  });
}

/** The small circle of the cursor, for the lines themselves and not for what lies below them. */
function pointOf(at: number, colors: readonly string[], drawn: Drawn): HTMLElement {
  const point = document.createElement('div');
  if (drawn[at - 1]?.isRaw) {
    point.style.display = 'none';
  }
  point.style.background = colors[at - 1] ?? '';
  return point;
}

/** The line that is nearest to the pointer, and its value there. */
function nearest(at: uPlot, drawn: Drawn): { id: string; x: number; y: number } | null {
  const { left, top, idxs } = at.cursor;
  if (left === undefined || top === undefined || left < 0 || !idxs) {
    return null;
  }
  let best: { id: string; x: number; y: number } | null = null;
  let least = NEAR_PIXELS;
  drawn.forEach((each, which) => {
    const place = idxs[which + 1];
    if (each.isRaw || place === null || place === undefined) {
      return;
    }
    const x = at.data[0][place];
    const y = at.data[which + 1]?.[place];
    if (typeof y === 'number' && x !== undefined) {
      const far = Math.abs(at.valToPos(y, 'y') - top);
      if (far < least) {
        least = far;
        best = { id: each.id, x, y };
      }
    }
  });
  return best;
}

/** Each run's letter where its line ends, moved apart where lines end together; a pixel of the page
 * is `scale` ones of the context. */
function writeLetters(
  at: uPlot,
  ctx: CanvasRenderingContext2D,
  scale: number,
  drawn: Drawn,
  colors: readonly string[],
  isTold: (id: string) => boolean
): void {
  const box = boxOf(at);
  const [left, top, height] = [box.left * scale, box.top * scale, box.height * scale];
  const size = 11 * scale;
  const ends = new Map<number, { x: number; y: number; letter: string; color: string }[]>();
  drawn.forEach((each, which) => {
    if (each.isRaw || !isTold(each.id)) {
      return;
    }
    const last = each.line.y.reduce<number>((found, y, place) => (y === null ? found : place), -1);
    const [value, step] = [each.line.y[last], each.line.x[last]];
    if (typeof value !== 'number' || step === undefined) {
      return;
    }
    const x = left + (at.valToPos(step, 'x') + 4) * scale;
    const y = top + at.valToPos(value, 'y') * scale;
    if (Number.isFinite(x) && Number.isFinite(y)) {
      const column = Math.round(x / (2 * size));
      const end = { x, y, letter: each.look.letter, color: colors[which] ?? '' };
      ends.set(column, [...(ends.get(column) ?? []), end]);
    }
  });
  ctx.save();
  ctx.font = `bold ${size}px ${getComputedStyle(at.root).fontFamily}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const column of ends.values()) {
    if (column.length * size > height) {
      continue; // no room for them all; the legend and the pointer tell
    }
    column.sort((a, b) => a.y - b.y);
    const places = apart(
      column.map(each => each.y),
      size,
      top + size / 2,
      top + height - size / 2
    );
    column.forEach((each, which) => {
      ctx.fillStyle = each.color;
      ctx.fillText(each.letter, each.x, places[which] ?? each.y);
    });
  }
  ctx.restore();
}

/** The same places in the same order, at least `room` from each other, between `low` and `high`. */
export function apart(
  places: readonly number[],
  room: number,
  low: number,
  high: number
): number[] {
  const found = [...places];
  for (let at = 0; at < found.length; at++) {
    const least = at === 0 ? low : (found[at - 1] ?? low) + room;
    found[at] = Math.max(found[at] ?? low, least);
  }
  for (let at = found.length - 1; at >= 0; at--) {
    const most = at === found.length - 1 ? high : (found[at + 1] ?? high) - room;
    found[at] = Math.min(found[at] ?? high, most);
  }
  return found;
}
