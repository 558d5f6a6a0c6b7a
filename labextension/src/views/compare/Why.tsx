/** Why the runs differ from the first one, in the order of proof. */
import React, { useState } from 'react';
import { Section } from '../../components/Section';
import type { Explanation, Reason } from '../../comparison';
import { useHost, type Words } from '../../host';
import { visible } from '../../text';
import { Mark } from './Mark';
import { isStrong, useCompared } from './model';

const FEW = 3;

export function Why(): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const { comparison, first } = compared;
  const [isAll, setAll] = useState(false);
  const { why } = comparison;
  if (why.length === 0) {
    return null;
  }
  return (
    <Section title={words.__('Why they differ')} name="compare-why">
      <div className="nbm-why">
        {(isAll ? why : why.slice(0, FEW)).map(each => (
          <div
            key={each.run_id}
            className={`nbm-why-run ${isStrong(compared, each.run_id) ? '' : 'nbm-mod-weak'}`}
          >
            <div className="nbm-why-head">
              <Mark id={each.run_id} withName />
              <span className="nbm-faint">{words.__('against')}</span>
              <Mark id={first} />
              <span className="nbm-why-verdict">{visible(each.verdict, 300)}</span>
            </div>
            <Reasons why={each} />
          </div>
        ))}
      </div>
      {why.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more runs', why.length - FEW)}
        </button>
      ) : null}
    </Section>
  );
}

function Reasons(props: { why: Explanation }): React.JSX.Element {
  const { reasons, gaps } = props.why;
  const { words } = useHost();
  return (
    <>
      <ol className="nbm-reasons">
        {reasons.map((reason, at) => (
          <li key={at}>
            <span className="nbm-chip">{kindWord(reason.kind, words)}</span>
            <span>
              {visible(reason.says, 300)}
              {reason.sure === 'possible' ? (
                <span className="nbm-faint"> {words.__('(possibly)')}</span>
              ) : null}
              {reason.evidence.some(line => line !== reason.says) ? (
                <details className="nbm-evidence">
                  <summary>{words.__('shown by')}</summary>
                  <ul>
                    {reason.evidence.map((line, which) => (
                      <li key={which} className="nbm-mono">
                        {visible(line, 300)}
                      </li>
                    ))}
                  </ul>
                </details>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
      {gaps.length > 0 ? (
        <p className="nbm-gaps">
          {words.__('Not recorded: %1', gaps.map(each => visible(each, 120)).join('; '))}
        </p>
      ) : null}
    </>
  );
}

export function kindWord(kind: Reason['kind'], words: Words): string {
  return {
    data: words.__('data'),
    parameter: words.__('parameter'),
    code: words.__('code'),
    library: words.__('library'),
    seed: words.__('seed')
  }[kind];
}
