/** The fitted models of the runs: class and parameters against the first run's. */
import React from 'react';
import { Section } from '../../components/Section';
import type { ModelChange } from '../../comparison';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Mark } from './Mark';
import { isStrong, useCompared } from './model';

const MOST_NAMED = 8;

export function Models(): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const { comparison, runs, first, onlyDifferences } = compared;
  if (comparison.models.length === 0) {
    return null;
  }
  const rows = comparison.models.filter(
    row => !onlyDifferences || Object.values(row.changes).some(change => change.state !== 'same')
  );
  const same = comparison.models.length - rows.length;
  return (
    <Section title={words.__('Models')} name="compare-models" count={comparison.models.length}>
      {rows.map(row => (
        <div key={row.name} className="nbm-block">
          <div className="nbm-block-head">
            <strong>{visible(row.name, 80)}</strong>
            <Mark id={first} />
            <span className="nbm-mono" title={visible(row.classes[first] ?? '', 200)}>
              {className(row.classes[first]) || words.__('not there')}
            </span>
          </div>
          {runs.map(run => {
            const change = row.changes[run.id];
            return run.id === first ||
              change === undefined ||
              (onlyDifferences && change.state === 'same') ? null : (
              <div
                key={run.id}
                className={`nbm-data-run ${isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}`}
              >
                <Mark id={run.id} />
                <div className="nbm-data-says">
                  <Change change={change} isThere={run.id in row.classes} />
                </div>
              </div>
            );
          })}
        </div>
      ))}
      {same > 0 ? (
        <p className="nbm-says-same">
          {words._n(
            '%1 model is the same in all runs.',
            '%1 models are the same in all runs.',
            same
          )}
        </p>
      ) : null}
    </Section>
  );
}

function className(name: string | undefined): string {
  return visible((name ?? '').replace(/^.*\./, ''), 80);
}

function Change(props: { change: ModelChange; isThere: boolean }): React.JSX.Element {
  const { change, isThere } = props;
  const { words } = useHost();
  if (change.state === 'same') {
    return <span className="nbm-faint">{words.__('the same')}</span>;
  }
  if (change.state === 'missing') {
    return (
      <span className="nbm-faint">
        {isThere ? words.__('not in the first run') : words.__('not in this run')}
      </span>
    );
  }
  const features = [
    ...change.features_added.slice(0, MOST_NAMED).map(name => `+ ${visible(name, 60)}`),
    ...change.features_removed.slice(0, MOST_NAMED).map(name => `− ${visible(name, 60)}`)
  ];
  return (
    <>
      {change.class_before === change.class_after ? null : (
        <div className="nbm-says">
          {className(change.class_before)} → {className(change.class_after)}
        </div>
      )}
      {change.params
        .map(each => ({ ...each, told: format.apart([each.before, each.after]) }))
        .map(param => (
          <div key={param.name}>
            <span className="nbm-mono">{visible(param.name, 60)}</span>{' '}
            <span className="nbm-faint">{param.state === 'added' ? '–' : param.told[0]}</span> →{' '}
            <b>{param.state === 'removed' ? '–' : param.told[1]}</b>
          </div>
        ))}
      {features.length > 0 ? (
        <div>
          {words.__('features')} <span className="nbm-mono">{features.join(', ')}</span>
        </div>
      ) : null}
      {change.is_other_order ? (
        <div className="nbm-says">{words.__('the features stand in another order')}</div>
      ) : null}
      {change.state === 'unsure' ? (
        <div className="nbm-faint">{words.__('perhaps not the same')}</div>
      ) : null}
    </>
  );
}
