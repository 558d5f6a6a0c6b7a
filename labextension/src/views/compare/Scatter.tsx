/** One parameter or metric against another, a point for each run; a brush marks runs. */
import React, { useRef, useState } from 'react';
import type { Axis } from '../../axes';
import { useWidth } from '../../components/hooks';
import { useHost } from '../../host';
import { visible } from '../../text';
import { sortedByRank } from '../../looks';
import { isStrong, isTold, useCompared } from './model';

const HEIGHT = 280;
const [TOP, RIGHT, BOTTOM, LEFT] = [14, 20, 30, 64];

interface Box {
  readonly x: number;
  readonly y: number;
  readonly toX: number;
  readonly toY: number;
}

export function Scatter(props: { axes: readonly Axis[] }): React.JSX.Element {
  const { axes } = props;
  const { words } = useHost();
  const compared = useCompared();
  const { runs, looks, choose, hover } = compared;
  const frame = useRef<HTMLDivElement>(null);
  const width = Math.min(useWidth(frame), 720);
  const [keys, setKeys] = useState<{ x: string; y: string }>({ x: '', y: '' });
  const [box, setBox] = useState<Box | null>(null);
  const xAxis = axes.find(axis => axis.key === keys.x) ?? axes[0];
  const yAxis =
    axes.find(axis => axis.key === keys.y) ??
    axes.find(axis => axis.isMetric && axis !== xAxis) ??
    axes[1];
  if (xAxis === undefined || yAxis === undefined) {
    return <></>;
  }
  const xOf = (place: number) => LEFT + 8 + place * (width - LEFT - RIGHT - 16);
  const yOf = (place: number) => HEIGHT - BOTTOM - 8 - place * (HEIGHT - TOP - BOTTOM - 16);
  const points = runs.flatMap(run => {
    const [x, y] = [xAxis.places.get(run.id), yAxis.places.get(run.id)];
    return x === undefined || y === undefined ? [] : [{ run, x: xOf(x), y: yOf(y) }];
  });
  const at = (event: React.PointerEvent<SVGSVGElement>) => {
    const frameBox = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - frameBox.left, y: event.clientY - frameBox.top };
  };
  const drag = (event: React.PointerEvent<SVGSVGElement>) => {
    if (box !== null) {
      const { x: toX, y: toY } = at(event);
      const next = { ...box, toX, toY };
      setBox(next);
      const inside = points.filter(
        point => isBetween(point.x, next.x, toX) && isBetween(point.y, next.y, toY)
      );
      choose(inside.map(point => point.run.id));
    }
  };
  const ranked = sortedByRank(
    points.map(each => ({ ...each, id: each.run.id })),
    looks
  );
  const order = ranked.sort(
    (a, b) => Number(isStrong(compared, a.run.id)) - Number(isStrong(compared, b.run.id))
  );
  return (
    <div ref={frame} className="nbm-scatter">
      <div className="nbm-scatter-axes">
        <AxisChoice
          label={words.__('across')}
          axes={axes}
          axis={xAxis}
          onAxis={x => setKeys({ x, y: yAxis.key })}
        />
        <AxisChoice
          label={words.__('up')}
          axes={axes}
          axis={yAxis}
          onAxis={y => setKeys({ x: xAxis.key, y })}
        />
      </div>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={words.__(
          '%1 against %2, %3 points',
          visible(yAxis.name, 60),
          visible(xAxis.name, 60),
          points.length
        )}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const { x, y } = at(event);
          setBox({ x, y, toX: x, toY: y });
        }}
        onPointerMove={drag}
        onPointerUp={event => {
          drag(event);
          setBox(null);
        }}
      >
        {xAxis.ticks.map(tick => (
          <g key={tick.text}>
            <line
              className="nbm-plot-grid"
              x1={xOf(tick.place)}
              x2={xOf(tick.place)}
              y1={TOP}
              y2={HEIGHT - BOTTOM}
            />
            <text
              className="nbm-axis-tick"
              x={xOf(tick.place)}
              y={HEIGHT - BOTTOM + 16}
              textAnchor="middle"
            >
              {tick.text}
            </text>
          </g>
        ))}
        {yAxis.ticks.map(tick => (
          <g key={tick.text}>
            <line
              className="nbm-plot-grid"
              x1={LEFT}
              x2={width - RIGHT}
              y1={yOf(tick.place)}
              y2={yOf(tick.place)}
            />
            <text
              className="nbm-axis-tick"
              x={LEFT - 6}
              y={yOf(tick.place)}
              dy="0.32em"
              textAnchor="end"
            >
              {tick.text}
            </text>
          </g>
        ))}
        {box ? (
          <rect
            className="nbm-axis-band"
            x={Math.min(box.x, box.toX)}
            y={Math.min(box.y, box.toY)}
            width={Math.abs(box.toX - box.x)}
            height={Math.abs(box.toY - box.y)}
          />
        ) : null}
        {order.map(({ run, x, y }) => {
          const look = looks.get(run.id);
          const texts = [xAxis, yAxis].map(
            axis => `${visible(axis.name, 60)} ${axis.texts.get(run.id) ?? ''}`
          );
          return (
            <g
              key={run.id}
              className={`nbm-point ${isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}`}
              onMouseEnter={() => hover(run.id)}
              onMouseLeave={() => hover(null)}
            >
              <title>{`${look?.letter ?? ''} ${visible(run.name, 60)}\n${texts.join('\n')}`}</title>
              <circle
                cx={x}
                cy={y}
                r={isTold(compared, run.id) ? 9 : 5.5}
                fill={`var(${look?.variable ?? ''})`}
              />
              {isTold(compared, run.id) ? (
                <text x={x} y={y} dy="0.34em" textAnchor="middle">
                  {look?.letter}
                </text>
              ) : null}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function isBetween(value: number, one: number, other: number): boolean {
  return value >= Math.min(one, other) && value <= Math.max(one, other);
}

function AxisChoice(props: {
  label: string;
  axes: readonly Axis[];
  axis: Axis;
  onAxis: (key: string) => void;
}): React.JSX.Element {
  return (
    <label>
      <span className="nbm-faint">{props.label}</span>{' '}
      <select
        className="nbm-input"
        value={props.axis.key}
        onChange={event => props.onAxis(event.target.value)}
      >
        {props.axes.map(axis => (
          <option key={axis.key} value={axis.key}>
            {visible(axis.name, 60)}
          </option>
        ))}
      </select>
    </label>
  );
}
