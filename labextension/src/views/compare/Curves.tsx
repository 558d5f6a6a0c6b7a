/** The metrics of all runs over their steps or over time, laid over each other. */
import React, { useMemo, useState } from 'react';
import { Overlay, type OverlayLine } from '../../components/Overlay';
import { Section } from '../../components/Section';
import type { Curve as ComparedCurve } from '../../comparison';
import * as format from '../../format';
import { useHost } from '../../host';
import { lineOf, positive, within, type Line } from '../../lines';
import { smoothed } from '../../smoothing';
import { visible } from '../../text';
import { isStrong, isTold, useCompared } from './model';
import { sortedByRank } from '../../looks';
import { useTimes, useZoomed, type Range, type Times } from './series';

const FEW = 6;

interface Axis {
  readonly times: Times | null;
  readonly isLog: boolean;
  readonly weight: number;
}

export function Curves(props: { round: number }): React.JSX.Element | null {
  const { words } = useHost();
  const { comparison } = useCompared();
  const [byTime, setByTime] = useState(false);
  const [isLog, setLog] = useState(false);
  const [weight, setWeight] = useState(0);
  const [isAll, setAll] = useState(false);
  const { curves } = comparison;
  const { answer: times, error } = useTimes(byTime, props.round);
  if (curves.length === 0) {
    return null;
  }
  const actions = (
    <div className="nbm-switches">
      <label className="nbm-smooth">
        {words.__('smoothing')}
        <input
          type="range"
          min="0"
          max="0.98"
          step="0.02"
          value={weight}
          onChange={event => setWeight(Number(event.target.value))}
        />
        <span className="nbm-smooth-value">
          {weight === 0 ? words.__('off') : weight.toFixed(2)}
        </span>
      </label>
      <Switch isOn={isLog} label={words.__('log scale')} onClick={() => setLog(!isLog)} />
      <span className="nbm-either" role="group" aria-label={words.__('Axis')}>
        <Switch isOn={!byTime} label={words.__('steps')} onClick={() => setByTime(false)} />
        <Switch isOn={byTime} label={words.__('time')} onClick={() => setByTime(true)} />
      </span>
    </div>
  );
  const axis = { times: byTime ? times : null, isLog, weight };
  return (
    <Section
      title={words.__('Curves')}
      name="compare-curves"
      count={curves.length}
      actions={actions}
    >
      {byTime && times === null ? (
        <p className="nbm-faint" role="status">
          {error ? visible(error instanceof Error ? error.message : '', 200) : words.__('Reading…')}
        </p>
      ) : null}
      <div className="nbm-charts nbm-mod-wide">
        {(isAll ? curves : curves.slice(0, FEW)).map(curve => (
          <Curve key={curve.name} curve={curve} axis={axis} />
        ))}
      </div>
      {curves.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', curves.length - FEW)}
        </button>
      ) : null}
      {comparison.more_curves > 0 ? (
        <p className="nbm-faint">
          {words.__('%1 more metrics have curves; each run shows its own.', comparison.more_curves)}
        </p>
      ) : null}
    </Section>
  );
}

function Curve(props: { curve: ComparedCurve; axis: Axis }): React.JSX.Element {
  const { curve, axis } = props;
  const { words } = useHost();
  const compared = useCompared();
  const { looks, runs } = compared;
  const [zoom, setZoom] = useState<{ range: Range; byTime: boolean } | null>(null);
  const byTime = axis.times !== null;
  const range = zoom !== null && zoom.byTime === byTime ? zoom.range : null;
  const parts = useZoomed(curve, range, axis.times);

  const lines = useMemo(
    () =>
      // The best lie on top.
      sortedByRank(runs, looks).flatMap((run): OverlayLine[] => {
        const look = looks.get(run.id);
        const whole = wholeLine(curve, run.id, axis.times);
        if (look === undefined || whole === null) {
          return [];
        }
        const part = parts?.get(run.id);
        const read = part ? lineOf('', part.series, byTime, part.start) : whole;
        // Smoothing looks at what lies before the part as well, unless the part is finer.
        const calm = smoothed(part ? read : whole, axis.weight);
        const cut = (line: Line) => {
          const inside = range === null ? line : within(line, range);
          return axis.isLog ? positive(inside) : inside;
        };
        const line = { ...cut(calm), label: visible(run.name, 40) };
        return [{ id: run.id, look, line, raw: axis.weight > 0 ? cut(read) : null }];
      }),
    [runs, looks, curve, axis.times, axis.weight, axis.isLog, parts, range, byTime]
  );
  const drawn = lines.reduce((sum, each) => sum + each.line.x.length, 0);
  const points = Object.values(curve.point_counts).reduce((sum, each) => sum + each, 0);
  const isThinned = runs.some(
    run => (curve.point_counts[run.id] ?? 0) > (curve.lines[run.id]?.length ?? 0)
  );
  const xUnit = byTime
    ? (place: number) => format.duration(Math.max(place, 0)) || '0 s'
    : (place: number) => format.tick(place);
  return (
    <div className="nbm-curve" data-points={drawn}>
      <Overlay
        title={visible(curve.name, 80)}
        lines={lines}
        isStrong={id => isStrong(compared, id)}
        isTold={id => isTold(compared, id)}
        isLog={axis.isLog}
        height={220}
        xUnit={xUnit}
        onZoom={next => setZoom(next === null ? null : { range: next, byTime })}
        onHover={compared.hover}
      />
      <div className="nbm-curve-foot">
        <span>{words._n('%2 point', '%2 points', points, format.number(points))}</span>
        {curve.has_steps ? null : <span>{words.__('in the order of recording')}</span>}
        {isThinned && range === null ? <span>{words.__('thinned, extremes kept')}</span> : null}
        {range ? (
          <>
            <span>
              {words.__('from %1 to %2', xUnit(range[0]), xUnit(range[1]))}
              {parts ? words.__(', read anew') : ''}
            </span>
            <button type="button" className="nbm-link" onClick={() => setZoom(null)}>
              {words.__('all')}
            </button>
          </>
        ) : null}
      </div>
    </div>
  );
}

/** The whole course of one run, as the comparison brought it, or over the time since its start. */
function wholeLine(curve: ComparedCurve, id: string, times: Times | null): Line | null {
  if (times !== null) {
    const series = times.get(id)?.series[curve.name];
    return series ? lineOf('', series, true, times.get(id)?.start ?? 0) : null;
  }
  const points = curve.lines[id];
  return points === undefined || points.length === 0
    ? null
    : {
        label: '',
        x: points.map(([step]) => step),
        y: points.map(([, value]) => (Number.isFinite(format.toNumber(value)) ? value : null))
      };
}

function Switch(props: { isOn: boolean; label: string; onClick: () => void }): React.JSX.Element {
  return (
    <button type="button" className="nbm-switch" aria-pressed={props.isOn} onClick={props.onClick}>
      {props.label}
    </button>
  );
}
