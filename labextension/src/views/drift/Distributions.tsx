/** Both distributions over each other: the reference pale, the current data as a strong line or a
 * narrow bar, so that gray tells them apart as well. */
import React from 'react';
import type { Shape } from '../../drift';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';

export function Distributions(props: {
  shape: Shape;
  width: number;
  height: number;
  label?: string;
}): React.JSX.Element {
  const { shape, width, height } = props;
  const drawn = shape.levels.length > 0 ? bars(shape, width, height) : areas(shape, width, height);
  return (
    <svg
      className="nbm-shape"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role={props.label ? 'img' : undefined}
      aria-label={props.label}
      aria-hidden={props.label ? undefined : true}
    >
      <path className="nbm-shape-reference" d={drawn.reference} />
      <path
        className={`nbm-shape-current ${drawn.isFilled ? 'nbm-mod-filled' : ''}`}
        d={drawn.current}
      />
      <path className="nbm-shape-ground" d={`M0 ${height - 0.5}H${width}`} />
    </svg>
  );
}

interface Drawn {
  readonly reference: string;
  readonly current: string;
  readonly isFilled: boolean;
}

function areas(shape: Shape, width: number, height: number): Drawn {
  const top = Math.max(...shape.reference, ...shape.current, 1e-12);
  const outline = (shares: readonly number[]) => {
    const step = width / Math.max(shares.length, 1);
    const level = (share: number) => (height - 1 - ((height - 4) * share) / top).toFixed(1);
    const steps = shares.map((share, at) => `V${level(share)}H${((at + 1) * step).toFixed(1)}`);
    return `M0 ${height - 1}${steps.join('')}V${height - 1}`;
  };
  return {
    reference: `${outline(shape.reference)}Z`,
    current: outline(shape.current),
    isFilled: false
  };
}

function bars(shape: Shape, width: number, height: number): Drawn {
  const top = Math.max(...shape.reference, ...shape.current, 1e-12);
  const step = Math.min(width / shape.reference.length, height > 60 ? 64 : 30);
  const broad = Math.max(step * 0.78, 2);
  const slim = Math.max(broad * 0.34, 1.6);
  const bar = (left: number, wide: number, share: number) => {
    const tall = ((height - 4) * share) / top;
    return tall < 0.3
      ? ''
      : `M${left.toFixed(1)} ${height - 1}v-${tall.toFixed(1)}h${wide.toFixed(1)}v${tall.toFixed(1)}Z`;
  };
  const middle = (at: number) => at * step + (broad - slim) / 2;
  return {
    reference: shape.reference.map((share, at) => bar(at * step, broad, share)).join(''),
    current: shape.current.map((share, at) => bar(middle(at), slim, share)).join(''),
    isFilled: true
  };
}

/** A sample of a side's look. */
export function Swatch(props: { side: 'reference' | 'current' }): React.JSX.Element {
  return (
    <svg className="nbm-swatch" viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">
      {props.side === 'reference' ? (
        <path className="nbm-shape-reference" d="M0 2h22v10H0Z" />
      ) : (
        <path className="nbm-shape-current" d="M0 9h7V3h8v6h7" />
      )}
    </svg>
  );
}

/** The distributions with all their room: with their range, or level by level. */
export function WideDistributions(props: { shape: Shape; name: string }): React.JSX.Element {
  const { shape } = props;
  const { words } = useHost();
  if (shape.levels.length > 0) {
    return <Levels shape={shape} />;
  }
  const range = [format.number(shape.low, 3), format.number(shape.high, 3)];
  const label = words.__(
    'Distributions of %1 from %2 to %3',
    visible(props.name, 60),
    range[0] ?? '',
    range[1] ?? ''
  );
  return (
    <figure className="nbm-wide-shape">
      <Distributions shape={shape} width={420} height={120} label={label} />
      <figcaption className="nbm-range">
        <span>{range[0]}</span>
        <span>{range[1]}</span>
      </figcaption>
    </figure>
  );
}

const FEW_LEVELS = 12;

function Levels(props: { shape: Shape }): React.JSX.Element {
  const { shape } = props;
  const { words } = useHost();
  const [isAll, setAll] = React.useState(false);
  const top = Math.max(...shape.reference, ...shape.current, 1e-12);
  const levels = shape.levels.map((name, at) => {
    const [before, now] = [shape.reference[at] ?? 0, shape.current[at] ?? 0];
    return { name, before, now, change: now - before };
  });
  const shown = isAll ? levels : levels.slice(0, FEW_LEVELS);
  return (
    <>
      <table className="nbm-levels">
        <thead>
          <tr>
            <th scope="col">{words.__('level')}</th>
            <th scope="col" aria-hidden="true" />
            <th scope="col">{words.__('reference')}</th>
            <th scope="col">{words.__('current')}</th>
            <th scope="col">{words.__('change')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((level, at) => (
            <tr key={at}>
              <th scope="row">{visible(level.name, 60)}</th>
              <td aria-hidden="true">
                <span className="nbm-level-bars">
                  <span
                    className="nbm-level-reference"
                    style={{ width: `${(100 * level.before) / top}%` }}
                  />
                  <span
                    className="nbm-level-current"
                    style={{ width: `${(100 * level.now) / top}%` }}
                  />
                </span>
              </td>
              <td>{percent(level.before)}</td>
              <td>{percent(level.now)}</td>
              <td>{points(level.change)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {levels.length > FEW_LEVELS ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more levels', levels.length - FEW_LEVELS)}
        </button>
      ) : null}
    </>
  );
}

/** A share as people read it, as in nbmlops/views/drift_lines.py. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) {
    return '< 0.1 %';
  }
  const digits = share > 0 && share < 0.0995 ? 1 : 0;
  return `${(share * 100).toFixed(digits)} %`;
}

function points(change: number): string {
  const size = (Math.abs(change) * 100).toFixed(1);
  return size === '0.0' ? '0' : `${change > 0 ? '+' : '−'}${size}`;
}
