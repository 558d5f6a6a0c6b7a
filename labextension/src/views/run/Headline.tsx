/** The metrics that speak for a run, each beside the run before. */
import React, { useState } from 'react';
import * as format from '../../format';
import { useHost } from '../../host';
import type { Run, WireNumber } from '../../records';
import { visible } from '../../text';
import type { Before } from './before';

const FEW = 6;

export function Headline(props: { run: Run; before: Before | null }): React.JSX.Element | null {
  const { run, before } = props;
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const names = ranked(run, before);
  if (names.length === 0) {
    return null;
  }
  const shown = isAll ? names : names.slice(0, FEW);
  return (
    <section className="nbm-tiles" aria-label={words.__('Metrics')}>
      {shown.map(name => (
        <Tile key={name} name={name} given={run.metrics[name] ?? ''} run={run} before={before} />
      ))}
      {names.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', names.length - FEW)}
        </button>
      ) : null}
    </section>
  );
}

/** What was logged first, then what has a direction. */
function ranked(run: Run, before: Before | null): string[] {
  const directed = new Set(
    before?.comparison.metrics.filter(row => row.better !== null).map(row => row.name)
  );
  const rank = (name: string) => {
    const source = run.metric_sources[name] ?? 'log';
    return (source === 'log' || source === 'explicit' ? 0 : 2) + (directed.has(name) ? 0 : 1);
  };
  return Object.keys(run.metrics).sort((a, b) => rank(a) - rank(b));
}

function Tile(props: {
  name: string;
  given: WireNumber;
  run: Run;
  before: Before | null;
}): React.JSX.Element {
  const { name, given, run, before } = props;
  const { words } = useHost();
  const source = run.metric_sources[name];
  const row = before?.comparison.metrics.find(each => each.name === name);
  const change = row?.changes[run.id];
  const difference = change?.difference ?? null;
  const rises = difference !== null && format.toNumber(difference) > 0;
  const meaning = change?.verdict === 'better' || change?.verdict === 'worse' ? change.verdict : '';
  const word =
    meaning === 'better' ? words.__('better') : meaning === 'worse' ? words.__('worse') : '';
  const size = difference === null ? '' : format.difference(difference, given);
  return (
    <div className="nbm-tile">
      <div className="nbm-tile-name" title={source ? words.__('%1, from %2', name, source) : name}>
        {visible(name, 60)}
      </div>
      <div className="nbm-tile-value" title={String(given)}>
        {format.number(given)}
      </div>
      <div className={`nbm-tile-change ${meaning ? `nbm-mod-${meaning}` : ''}`}>
        {change === undefined
          ? '\u00a0'
          : change.verdict === 'same' || change.verdict === 'rounding'
            ? words.__('unchanged')
            : `${rises ? '▲' : '▼'} ${size} ${word}`}
      </div>
    </div>
  );
}
