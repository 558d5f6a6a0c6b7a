/** The metrics of a run over their steps or over time. */
import React, { useEffect, useMemo, useState } from 'react';
import { Chart } from '../../components/Chart';
import { useAnswer } from '../../components/hooks';
import { Section } from '../../components/Section';
import * as format from '../../format';
import { useHost } from '../../host';
import { lineOf, within } from '../../lines';
import type { Run } from '../../records';
import type { Series } from '../../routes';
import { visible } from '../../text';

const POINTS = 2000;
const FEW = 12;

export function Curves(props: { run: Run; round: number }): React.JSX.Element | null {
  const { run, round } = props;
  const { client, words } = useHost();
  const [byTime, setByTime] = useState(false);
  const [isLog, setLog] = useState(false);
  const [isAll, setAll] = useState(false);
  const { answer } = useAnswer(
    signal => client.series(run.id, [], { points: POINTS }, signal),
    run.id,
    run.status === 'running' ? round : 'ended'
  );
  const names = Object.keys(answer ?? {}).filter(name => (answer?.[name]?.values.length ?? 0) > 1);
  if (answer === null || names.length === 0) {
    return null;
  }
  const actions = (
    <div className="nbm-switches">
      <Switch isOn={byTime} label={words.__('over time')} onClick={() => setByTime(!byTime)} />
      <Switch isOn={isLog} label={words.__('log scale')} onClick={() => setLog(!isLog)} />
    </div>
  );
  return (
    <Section title={words.__('Curves')} name="curves" count={names.length} actions={actions}>
      <div className="nbm-charts">
        {(isAll ? names : names.slice(0, FEW)).map(name => {
          const series = answer[name];
          return series ? (
            <Curve key={name} run={run} name={name} whole={series} byTime={byTime} isLog={isLog} />
          ) : null;
        })}
      </div>
      {names.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', names.length - FEW)}
        </button>
      ) : null}
    </Section>
  );
}

function Curve(props: {
  run: Run;
  name: string;
  whole: Series;
  byTime: boolean;
  isLog: boolean;
}): React.JSX.Element {
  const { run, name, whole, byTime, isLog } = props;
  const { client, words } = useHost();
  const [range, setRange] = useState<readonly [number, number] | null>(null);
  useEffect(() => setRange(null), [byTime]);
  const hasSteps = whole.steps.every(step => step !== null);
  const isThinned = whole.point_count > whole.values.length;
  // A part that was chosen by steps is asked for anew, so that it has all of its points.
  const { answer: part } = useAnswer(
    async signal => {
      if (range === null || byTime || !hasSteps || !isThinned) {
        return null;
      }
      const [from, to] = [Math.floor(range[0]), Math.ceil(range[1])];
      const found = await client.series(run.id, [name], { points: POINTS, from, to }, signal);
      return found[name] ?? null;
    },
    JSON.stringify([range, byTime, whole.point_count])
  );
  const line = useMemo(() => {
    const drawn = lineOf(visible(name, 60), range !== null && part !== null ? part : whole, byTime);
    return range === null ? drawn : within(drawn, range);
  }, [name, whole, part, range, byTime]);
  const lines = useMemo(() => [line], [line]);
  const missing = whole.values.filter(each => !Number.isFinite(format.toNumber(each))).length;
  return (
    <div className="nbm-curve">
      <Chart
        title={visible(name, 80)}
        lines={lines}
        xIsTime={byTime}
        isLog={isLog}
        height={150}
        onZoom={setRange}
      />
      <div className="nbm-curve-foot">
        <span>
          {words._n('%2 point', '%2 points', whole.point_count, format.number(whole.point_count))}
        </span>
        {isThinned ? <span>{words.__('thinned, extremes kept')}</span> : null}
        {missing ? <span>{words.__('%1 not finite', missing)}</span> : null}
        {range ? (
          <button type="button" className="nbm-link" onClick={() => setRange(null)}>
            {words.__('all')}
          </button>
        ) : null}
      </div>
    </div>
  );
}

function Switch(props: { isOn: boolean; label: string; onClick: () => void }): React.JSX.Element {
  return (
    <button type="button" className="nbm-switch" aria-pressed={props.isOn} onClick={props.onClick}>
      {props.label}
    </button>
  );
}
