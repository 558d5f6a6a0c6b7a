/** How parameters and metrics go together: parallel axes, and one against another. */
import React, { useMemo, useState } from 'react';
import { Section } from '../../components/Section';
import { axesOf, type Axis } from '../../axes';
import { useHost } from '../../host';
import { visible } from '../../text';
import { useCompared } from './model';
import { Parallel } from './Parallel';
import { Scatter } from './Scatter';

const USUAL_PARAMS = 4;
const USUAL_METRICS = 3;
const MOST_OFFERED = 40;

export function Relations(): React.JSX.Element | null {
  const { words } = useHost();
  const { comparison, runs } = useCompared();
  const axes = useMemo(() => axesOf(comparison), [comparison]);
  const [left, setLeft] = useState<ReadonlyMap<string, boolean>>(new Map());
  if (axes.length < 2 || runs.length < 3) {
    return null; // two runs make a line, and nothing can be seen in it
  }
  const usual = new Set([
    ...axes.filter(axis => !axis.isMetric).slice(0, USUAL_PARAMS),
    ...axes.filter(axis => axis.isMetric).slice(0, USUAL_METRICS)
  ]);
  const isShown = (axis: Axis) => left.get(axis.key) ?? usual.has(axis);
  const shown = axes.filter(isShown);
  return (
    <Section title={words.__('Parameters against metrics')} name="compare-relations">
      {axes.length > 2 ? (
        <div className="nbm-axes" role="group" aria-label={words.__('Axes')}>
          {axes.slice(0, MOST_OFFERED).map(axis => (
            <button
              key={axis.key}
              type="button"
              className="nbm-switch"
              aria-pressed={isShown(axis)}
              title={axis.isMetric ? words.__('metric') : words.__('parameter')}
              onClick={() => setLeft(new Map(left).set(axis.key, !isShown(axis)))}
            >
              {visible(axis.name, 40)}
            </button>
          ))}
        </div>
      ) : null}
      {shown.length > 1 ? <Parallel axes={shown} /> : null}
      <Scatter axes={axes} />
      <p className="nbm-faint nbm-relations-hint">
        {words.__('Drag along an axis, or over points, to mark runs; Escape marks none.')}
      </p>
    </Section>
  );
}
