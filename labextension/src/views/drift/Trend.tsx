/** The effect of one column over the checks of a reference: a line with a mark for each check, a
 * full one where the column drifted. */
import React from 'react';
import { stateWord } from '../../components/StateMark';
import type { DriftCheck, DriftTrend } from '../../drift';
import { isState } from '../../drifts';
import * as format from '../../format';
import { useHost, type Words } from '../../host';
import { visible } from '../../text';

interface Point {
  readonly at: number;
  readonly x: number;
  readonly y: number;
  readonly effect: number;
  readonly isDrifted: boolean;
}

interface Course {
  readonly points: readonly Point[];
  readonly top: number;
  readonly floor: number | null;
}

function courseOf(trend: DriftTrend, width: number, height: number, margin: number): Course {
  const effects = trend.effects.map(each => (each === null ? NaN : format.toNumber(each)));
  const known = effects.filter(Number.isFinite);
  const floor = trend.floor ?? 0;
  const top = Math.max(...known, floor * 1.6, 1e-9);
  const room = width - 2 * margin;
  const level = (effect: number) => height - margin - ((height - 2 * margin) * effect) / top;
  const points = effects.flatMap((effect, at) =>
    Number.isFinite(effect)
      ? [
          {
            at,
            x: margin + (effects.length < 2 ? room / 2 : (room * at) / (effects.length - 1)),
            y: level(effect),
            effect,
            isDrifted: trend.states[at] === 'drifted'
          }
        ]
      : []
  );
  return { points, top, floor: trend.floor === null ? null : level(trend.floor) };
}

function lineOf(points: readonly Point[]): string {
  return points
    .map((point, which) => {
      const joins = which > 0 && points[which - 1]?.at === point.at - 1;
      return `${joins ? 'L' : 'M'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
    })
    .join('');
}

/** What a course says to who cannot see it. */
export function trendLabel(trend: DriftTrend, words: Words): string {
  const drifted = trend.states.filter(state => state === 'drifted').length;
  const there = trend.states.filter(state => state !== '').length;
  return words.__(
    '%1: drifted in %2 of %3 checks, effect now %4',
    visible(trend.column, 60),
    drifted,
    there,
    format.number(trend.effects.at(-1) ?? null, 3)
  );
}

/** In small: for a row of a table. */
export function Sparkline(props: {
  trend: DriftTrend;
  width?: number;
  /** The check that is looked at. */
  at?: number;
}): React.JSX.Element {
  const { trend, width = 96, at } = props;
  const { words } = useHost();
  const height = 26;
  const { points, floor } = courseOf(trend, width, height, 4);
  return (
    <svg
      className="nbm-trend"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={trendLabel(trend, words)}
    >
      {floor === null ? null : <path className="nbm-trend-floor" d={`M0 ${floor}H${width}`} />}
      <path className="nbm-trend-line" d={lineOf(points)} />
      {points.map(point =>
        point.isDrifted || point.at === at || points.length === 1 ? (
          <circle
            key={point.at}
            className="nbm-trend-point"
            data-drifted={point.isDrifted}
            data-here={point.at === at}
            cx={point.x}
            cy={point.y}
            r={point.at === at ? 3 : 2.2}
          />
        ) : null
      )}
    </svg>
  );
}

const MARGIN = 14;

/** With all its room: each check can be opened. */
export function WideTrend(props: {
  trend: DriftTrend;
  checks: readonly DriftCheck[];
  run: string;
}): React.JSX.Element {
  const { trend, checks, run } = props;
  const host = useHost();
  const { words } = host;
  const [width, height] = [420, 110];
  const { points, floor } = courseOf(trend, width, height, MARGIN);
  const first = points[0];
  const marks = trend.turns.flatMap(at => points.filter(point => point.at === at));
  return (
    <figure className="nbm-wide-trend">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="group"
        aria-label={trendLabel(trend, words)}
      >
        {floor === null ? null : (
          <>
            <path className="nbm-trend-floor" d={`M0 ${floor}H${width}`} />
            <text className="nbm-trend-word" x={width} y={floor - 3} textAnchor="end">
              {words.__('smallest that matters, %1', format.number(trend.floor, 2))}
            </text>
          </>
        )}
        {marks.map(point => (
          <path key={point.at} className="nbm-trend-turn" d={`M${point.x} 0V${height}`}>
            <title>{words.__('From here on the reference data are others')}</title>
          </path>
        ))}
        <path className="nbm-trend-line" d={lineOf(points)} />
        {points.map(point => {
          const check = checks[point.at];
          const state = trend.states[point.at];
          const label = [
            visible(check?.current ?? '', 80),
            format.instant(check?.started_at ?? null),
            `${visible(trend.effect_unit, 40)} ${format.number(point.effect, 3)}`,
            isState(state) ? stateWord(state, words) : ''
          ];
          const open = () => check && check.run !== run && host.openDrift?.(check.run);
          return (
            <circle
              key={point.at}
              className="nbm-trend-point"
              data-drifted={point.isDrifted}
              data-here={check?.run === run}
              cx={point.x}
              cy={point.y}
              r={check?.run === run ? 5 : 4}
              {...(host.openDrift && check?.run !== run
                ? {
                    role: 'button',
                    tabIndex: 0,
                    onClick: open,
                    onKeyDown: (event: React.KeyboardEvent) => {
                      if (event.key === 'Enter' || event.key === ' ') {
                        event.preventDefault();
                        open();
                      }
                    }
                  }
                : { role: 'img' })}
              aria-label={label.filter(Boolean).join(', ')}
            >
              <title>{label.filter(Boolean).join('\n')}</title>
            </circle>
          );
        })}
      </svg>
      <figcaption className="nbm-range">
        <span>
          {first ? format.instant(checks[first.at]?.started_at ?? null).slice(0, 16) : ''}
        </span>
        <span>
          {points.length > 1
            ? format.instant(checks[points.at(-1)?.at ?? 0]?.started_at ?? null).slice(0, 16)
            : ''}
        </span>
      </figcaption>
    </figure>
  );
}
