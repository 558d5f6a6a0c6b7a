/** Parallel axes with a line for each run; a brush on an axis marks the runs that pass through it. */
import React, { useRef, useState } from 'react';
import type { Axis } from '../../axes';
import { useWidth } from '../../components/hooks';
import { useHost } from '../../host';
import { clip, visible } from '../../text';
import { sortedByRank } from '../../looks';
import { isCrowd, isStrong, isTold, useCompared } from './model';

type Band = readonly [number, number];

const HEIGHT = 260;
const TOP = 46;
const BOTTOM = 14;
const STEP = 0.05;

export function Parallel(props: { axes: readonly Axis[] }): React.JSX.Element {
  const { axes } = props;
  const { words } = useHost();
  const compared = useCompared();
  const { runs, looks, choose, hover } = compared;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [bands, setBands] = useState<ReadonlyMap<string, Band>>(new Map());
  // Marked from elsewhere, the bands say nothing any more.
  const [ours, setOurs] = useState('');
  const isOurs = [...compared.chosen].join() === ours;
  const shownBands = isOurs ? bands : new Map<string, Band>();

  const room = HEIGHT - TOP - BOTTOM;
  const side = Math.min(76, width / (axes.length * 2));
  const xOf = (at: number) => side + (at * (width - 2 * side)) / Math.max(axes.length - 1, 1);
  const yOf = (place: number) => TOP + (1 - place) * room;

  const brush = (key: string, band: Band | null) => {
    const next = new Map(shownBands);
    if (band === null) {
      next.delete(key);
    } else {
      next.set(key, band);
    }
    const through = runs.filter(run =>
      [...next].every(([each, [low, high]]) => {
        const place = axes.find(axis => axis.key === each)?.places.get(run.id);
        return place !== undefined && place >= low - 1e-9 && place <= high + 1e-9;
      })
    );
    const ids = next.size === 0 ? [] : through.map(run => run.id);
    setBands(next);
    setOurs(ids.join());
    choose(ids);
  };
  const order = sortedByRank(runs, looks).sort(
    (a, b) => Number(isStrong(compared, a.id)) - Number(isStrong(compared, b.id))
  );
  return (
    <div ref={frame} className={`nbm-parallel ${isCrowd(compared) ? 'nbm-mod-crowd' : ''}`}>
      <svg width={width} height={HEIGHT} role="group" aria-label={words.__('Parallel axes')}>
        {order.map(run => {
          const look = looks.get(run.id);
          return pathsOf(axes, run.id, xOf, yOf).map((path, at) => (
            <path
              key={`${run.id}${at}`}
              className={`nbm-parallel-line ${
                !isStrong(compared, run.id)
                  ? 'nbm-mod-weak'
                  : isTold(compared, run.id)
                    ? 'nbm-mod-told'
                    : ''
              }`}
              d={path}
              stroke={`var(${look?.variable ?? ''})`}
              strokeDasharray={look?.dash.join(' ')}
              onMouseEnter={() => hover(run.id)}
              onMouseLeave={() => hover(null)}
            >
              <title>{`${look?.letter ?? ''} ${visible(run.name, 60)}`}</title>
            </path>
          ));
        })}
        {axes.map((axis, at) => (
          <Scale
            key={axis.key}
            axis={axis}
            x={xOf(at)}
            side={at === axes.length - 1 ? 'left' : 'right'}
            room={Math.max((width - 2 * side) / Math.max(axes.length - 1, 1), 40)}
            yOf={yOf}
            band={shownBands.get(axis.key) ?? null}
            onBand={band => brush(axis.key, band)}
          />
        ))}
      </svg>
    </div>
  );
}

/** The stretches of a run's line: it breaks off where the run has nothing. */
function pathsOf(
  axes: readonly Axis[],
  id: string,
  xOf: (at: number) => number,
  yOf: (place: number) => number
): string[] {
  const stretches: string[][] = [[]];
  axes.forEach((axis, at) => {
    const place = axis.places.get(id);
    if (place === undefined) {
      stretches.push([]);
    } else {
      stretches.at(-1)?.push(`${xOf(at).toFixed(1)} ${yOf(place).toFixed(1)}`);
    }
  });
  return stretches.filter(each => each.length > 0).map(each => `M${each.join('L')}`);
}

function Scale(props: {
  axis: Axis;
  x: number;
  side: 'left' | 'right';
  room: number;
  yOf: (place: number) => number;
  band: Band | null;
  onBand: (band: Band | null) => void;
}): React.JSX.Element {
  const { axis, x, yOf, band, onBand } = props;
  const { words } = useHost();
  const start = useRef<number | null>(null);
  const placeOf = (event: React.PointerEvent<SVGElement>) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    const y = event.clientY - (box?.top ?? 0);
    return Math.min(1, Math.max(0, (yOf(0) - y) / (yOf(0) - yOf(1))));
  };
  const drag = (event: React.PointerEvent<SVGElement>) => {
    if (start.current !== null) {
      const to = placeOf(event);
      const made: Band = [Math.min(start.current, to), Math.max(start.current, to)];
      onBand(made[1] - made[0] < 0.01 ? null : made);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const [low, high] = band ?? [0, 1];
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (event.key === 'Escape') {
      event.stopPropagation();
      onBand(null);
    } else if (by !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      // The lower end moves; with Shift, the upper one.
      const next: Band = event.shiftKey
        ? [low, Math.min(1, Math.max(low, high + by))]
        : [Math.max(0, Math.min(high, low + by)), high];
      onBand(next[0] <= 0 && next[1] >= 1 ? null : next);
    }
  };
  const name = visible(axis.name, 60);
  const most = Math.max(4, Math.floor(props.room / 6.5));
  const anchor = props.side === 'left' ? 'end' : 'start';
  const tickX = x + (props.side === 'left' ? -7 : 7);
  return (
    <g>
      <text className="nbm-axis-name" x={x} y={15} textAnchor="middle">
        <title>{name}</title>
        {clip(name, most)}
      </text>
      <text className="nbm-axis-kind" x={x} y={29} textAnchor="middle">
        {axis.isMetric ? words.__('metric') : axis.isLog ? words.__('log scale') : ''}
      </text>
      <line className="nbm-axis-line" x1={x} x2={x} y1={yOf(0)} y2={yOf(1)} />
      {band ? (
        <rect
          className="nbm-axis-band"
          x={x - 7}
          width={14}
          y={yOf(band[1])}
          height={Math.max(yOf(band[0]) - yOf(band[1]), 2)}
        />
      ) : null}
      {axis.ticks.map(tick => (
        <g key={tick.text}>
          <line
            className="nbm-axis-line"
            x1={x - 3}
            x2={x + 3}
            y1={yOf(tick.place)}
            y2={yOf(tick.place)}
          />
          <text
            className="nbm-axis-tick"
            x={tickX}
            y={yOf(tick.place)}
            dy="0.32em"
            textAnchor={anchor}
          >
            {clip(tick.text, Math.min(most, 14))}
          </text>
        </g>
      ))}
      <rect
        className="nbm-axis-grip"
        x={x - 11}
        width={22}
        y={yOf(1) - 4}
        height={yOf(0) - yOf(1) + 8}
        tabIndex={0}
        role="slider"
        aria-orientation="vertical"
        aria-label={words.__('Mark runs by %1', name)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((band?.[0] ?? 0) * 100)}
        aria-valuetext={
          band
            ? words.__('from %1 % to %2 % of the axis', pc(band[0]), pc(band[1]))
            : words.__('all')
        }
        onKeyDown={onKeyDown}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = placeOf(event);
        }}
        onPointerMove={drag}
        onPointerUp={event => {
          drag(event);
          start.current = null;
        }}
        onDoubleClick={() => onBand(null)}
      />
    </g>
  );
}

function pc(share: number): number {
  return Math.round(share * 100);
}
