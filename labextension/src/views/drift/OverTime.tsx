/** The columns of one check over the checks of its reference, in small. */
import React, { useState } from 'react';
import { Section } from '../../components/Section';
import { StateMark } from '../../components/StateMark';
import { useAnswer } from '../../components/hooks';
import { byWeight, isState } from '../../drifts';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Sparkline } from './Trend';

const FEW = 30;

export function OverTime(props: { run: string; round: number }): React.JSX.Element | null {
  const { run, round } = props;
  const { client, words } = useHost();
  const { answer } = useAnswer(signal => client.driftTrends(run, signal), run, round);
  const [most, setMost] = useState(FEW);
  if (answer === null || answer.checks.length < 2) {
    return null;
  }
  const at = answer.checks.findIndex(check => check.run === run);
  const trends = byWeight(answer.trends, at);
  return (
    <div className="nbm-over-time">
      <Section title={words.__('Over %1 checks', answer.checks.length)} name="drift-over-time">
        <ul>
          {trends.slice(0, most).map(trend => {
            const state = trend.states[at] ?? '';
            return (
              <li key={trend.column} title={visible(trend.effect_unit, 60)}>
                {isState(state) ? (
                  <StateMark state={state} words={words} />
                ) : (
                  <span className="nbm-state-mark" />
                )}
                <span className="nbm-over-time-name" title={visible(trend.column, 300)}>
                  {visible(trend.column, 60)}
                </span>
                <Sparkline trend={trend} at={at} width={80} />
                <span className="nbm-over-time-effect">
                  {format.number(trend.effects[at] ?? null, 2)}
                </span>
              </li>
            );
          })}
        </ul>
        {trends.length > most ? (
          <button type="button" className="nbm-more" onClick={() => setMost(most + 10 * FEW)}>
            {words.__('%1 more columns', trends.length - most)}
          </button>
        ) : null}
      </Section>
    </div>
  );
}
