/** The head of a report: the verdict, who was compared, what it does to the model. */
import React from 'react';
import { IconButton } from '../../components/icons';
import { StateMark } from '../../components/StateMark';
import type { DriftCheck, DriftReport, DriftTold, HarmLines } from '../../drift';
import { isState, LINKED, type State } from '../../drifts';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Swatch } from './Distributions';

export function Head(props: {
  report: DriftReport;
  told: DriftTold;
  run: string;
  checks: readonly DriftCheck[];
}): React.JSX.Element {
  const { report, told, run, checks } = props;
  const host = useHost();
  const { words } = host;
  const at = checks.findIndex(check => check.run === run);
  const here = checks[at];
  const neighbor = (to: number, label: string, icon: 'before' | 'after') => {
    const check = checks[to];
    return host.openDrift && at >= 0 && check ? (
      <IconButton
        icon={icon}
        label={`${label}: ${visible(check.current, 60)}`}
        onClick={() => host.openDrift?.(check.run)}
      />
    ) : null;
  };
  const sides = [
    ['reference', words.__('reference'), report.reference],
    ['current', words.__('current'), report.current]
  ] as const;
  return (
    <header className="nbm-drift-head">
      <div className="nbm-drift-title">
        <h1>
          <StateMark state={stateOf(report)} words={words} /> {visible(told.verdict, 2000)}
        </h1>
        <div className="nbm-actions">
          {neighbor(at - 1, words.__('The check before'), 'before')}
          {neighbor(at + 1, words.__('The check after'), 'after')}
          <IconButton
            icon="open"
            label={words.__('Open its run')}
            onClick={() => host.openRun(run)}
          />
          {host.linkTo ? (
            <IconButton
              icon="link"
              label={words.__('Copy link')}
              onClick={() => host.copy(host.linkTo?.(`${LINKED}${run}`) ?? run)}
            />
          ) : null}
        </div>
      </div>
      <div className="nbm-drift-sides">
        {sides.map(([key, word, side]) => (
          <span key={key}>
            <Swatch side={key} /> {side.name === key ? word : `${word} ${visible(side.name, 80)}`}{' '}
            <span className="nbm-faint">{words.__('%1 rows', format.number(side.row_count))}</span>
          </span>
        ))}
        <span className="nbm-faint">
          {[...told.facts, here ? format.instant(here.started_at) : ''].filter(Boolean).join(' · ')}
        </span>
      </div>
      {told.together ? (
        <p className="nbm-drift-said">
          <Mark state={told.together[0]} /> {told.together[1]}
        </p>
      ) : null}
      {told.harm ? <HarmSays harm={told.harm} /> : null}
      {report.notes.map((note, which) => (
        <p key={which} className="nbm-trouble">
          {visible(note, 600)}
        </p>
      ))}
    </header>
  );
}

function Mark(props: { state: string }): React.JSX.Element | null {
  const { words } = useHost();
  return isState(props.state) ? <StateMark state={props.state} words={words} /> : null;
}

function HarmSays(props: { harm: HarmLines }): React.JSX.Element {
  const { harm } = props;
  const { words } = useHost();
  return (
    <section className="nbm-drift-harm" aria-label={words.__('What it does to the model')}>
      <p className="nbm-drift-said">
        <Mark state={harm.state} /> <strong>{harm.sentence}</strong>
      </p>
      {harm.rows.length > 0 ? (
        <table className="nbm-quantiles">
          <thead>
            <tr>
              <td />
              <th scope="col">{words.__('reference')}</th>
              <th scope="col">{words.__('current (95 %)')}</th>
              <th scope="col">{words.__('change (95 %)')}</th>
            </tr>
          </thead>
          <tbody>
            {harm.rows.map(([what, ...cells]) => (
              <tr key={what}>
                <th scope="row">{what}</th>
                {cells.map((cell, at) => (
                  <td key={at}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {harm.limits.map((limit, at) => (
        <p key={at} className="nbm-faint nbm-drift-limit">
          {limit}
        </p>
      ))}
    </section>
  );
}

function stateOf(report: DriftReport): State {
  const states = report.columns.map(column => column.state);
  const together = report.multivariate?.state === 'drifted';
  const isEmpty = report.reference.row_count === 0 || report.current.row_count === 0;
  if (isEmpty || (report.dataset_drifted ?? (together || states.includes('drifted')))) {
    return 'drifted';
  }
  return states.every(state => state === 'untested') ? 'untested' : 'none';
}
