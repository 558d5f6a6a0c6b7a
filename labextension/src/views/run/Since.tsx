/** What changed since the run before, in the order of proof. */
import React from 'react';
import { IconButton } from '../../components/icons';
import { useHost } from '../../host';
import type { Run } from '../../records';
import { visible } from '../../text';
import type { Before } from './before';

export function Since(props: { run: Run; before: Before | null }): React.JSX.Element | null {
  const { words, openRun, openComparison } = useHost();
  const { run, before } = props;
  const why = before?.comparison.why[0];
  const name = before?.comparison.runs.find(run => run.id === before.id)?.name ?? '';
  if (before === null || why === undefined) {
    return null;
  }
  const kinds = {
    data: words.__('data'),
    parameter: words.__('parameter'),
    code: words.__('code'),
    library: words.__('library'),
    seed: words.__('seed')
  };
  return (
    <section className="nbm-since" aria-label={words.__('What changed')}>
      <span className="nbm-label">
        {words.__('since')}{' '}
        <button type="button" className="nbm-link" onClick={() => openRun(before.id)}>
          {visible(name, 60) || words.__('unnamed')}
        </button>
        {openComparison ? (
          <IconButton
            icon="compare"
            className="nbm-mod-quiet"
            label={words.__('Compare with the run before')}
            onClick={() => openComparison([before.id, run.id])}
          />
        ) : null}
      </span>
      {why.reasons.length === 0 ? (
        <span>{words.__('nothing that was recorded')}</span>
      ) : (
        <ul>
          {why.reasons.map(reason => (
            <li
              key={reason.kind + reason.says}
              title={reason.evidence.map(each => visible(each, 300)).join('\n')}
            >
              <span className="nbm-chip">{kinds[reason.kind]}</span> {visible(reason.says, 240)}
              {reason.sure === 'possible' ? (
                <span className="nbm-faint"> {words.__('(possibly)')}</span>
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
