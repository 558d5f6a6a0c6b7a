/** What surrounded the runs: versions, repository, seeds. */
import React, { useState } from 'react';
import { Diff } from '../../components/Code';
import { useAnswer } from '../../components/hooks';
import { Section } from '../../components/Section';
import type { GitChange, SeedChange } from '../../comparison';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Mark, Marks } from './Mark';
import { isStrong, useCompared } from './model';

const FEW = 30;
const FEW_SEEDS = 8;
const MOST_FILES = 12;

export function Surroundings(): React.JSX.Element {
  return (
    <>
      <Environment />
      <Git />
      <Seeds />
    </>
  );
}

function Environment(): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const { comparison, runs, first } = compared;
  const { rows, same_count: same, missing } = comparison.environment;
  const [isAll, setAll] = useState(false);
  if (rows.length === 0 && same === 0) {
    return null;
  }
  return (
    <Section
      title={words.__('Environment')}
      name="compare-environment"
      count={rows.length || undefined}
    >
      {rows.length > 0 ? (
        <div
          className="nbm-compare-scroll"
          tabIndex={0}
          role="group"
          aria-label={words.__('Versions that differ')}
        >
          <table className="nbm-compare-table">
            <thead>
              <tr>
                <th scope="col">
                  <span className="nbm-unseen">{words.__('name')}</span>
                </th>
                {runs.map(run => (
                  <th key={run.id} scope="col" title={visible(run.name, 120)}>
                    <Mark id={run.id} withName />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(isAll ? rows : rows.slice(0, FEW)).map(row => (
                <tr key={`${row.kind} ${row.name}`} className="nbm-mod-differs">
                  <th scope="row">
                    {visible(row.name, 80)}
                    {row.kind === 'package' ? null : (
                      <span className="nbm-faint"> {visible(row.kind, 20)}</span>
                    )}
                  </th>
                  {runs.map(run => (
                    <td key={run.id} className={isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}>
                      <span
                        className={`nbm-mono ${
                          row.versions[run.id] === row.versions[first] ? '' : 'nbm-mod-other'
                        }`}
                      >
                        {visible(row.versions[run.id] ?? '–', 80)}
                      </span>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {rows.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', rows.length - FEW)}
        </button>
      ) : null}
      <p className="nbm-says-same">
        {same > 0 ? words._n('%1 version is the same.', '%1 versions are the same.', same) : null}
        {missing.length > 0 ? (
          <>
            {' '}
            {words.__('Not recorded for')} <Marks ids={missing} />
          </>
        ) : null}
      </p>
    </Section>
  );
}

function Git(): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const { comparison, runs, first } = compared;
  const all = Object.entries(comparison.git);
  const changes = all.filter(([, change]) => change.state !== 'same');
  const [shown, setShown] = useState<string | null>(null);
  if (all.every(([, change]) => change.state === 'missing')) {
    return null;
  }
  return (
    <Section title={words.__('Git')} name="compare-git">
      {changes.length === 0 ? (
        <p className="nbm-says-same">{words.__('All runs stood at the same state.')}</p>
      ) : null}
      {runs
        .filter(run => changes.some(([id]) => id === run.id))
        .map(run => {
          const change = comparison.git[run.id];
          return change === undefined ? null : (
            <div
              key={run.id}
              className={`nbm-data-run ${isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}`}
            >
              <Mark id={run.id} />
              <div className="nbm-data-says">
                <GitSays change={change} />
                {change.is_other_diff ? (
                  <button
                    type="button"
                    className="nbm-more"
                    aria-expanded={shown === run.id}
                    onClick={() => setShown(shown === run.id ? null : run.id)}
                  >
                    {shown === run.id
                      ? words.__('Hide uncommitted changes')
                      : words.__('Show uncommitted changes')}
                  </button>
                ) : null}
                {shown === run.id ? <Uncommitted ids={[first, run.id]} /> : null}
              </div>
            </div>
          );
        })}
    </Section>
  );
}

function GitSays(props: { change: GitChange }): React.JSX.Element {
  const { change } = props;
  const { words } = useHost();
  const short = (commit: string | null) => visible((commit ?? '').slice(0, 10), 12) || '–';
  if (change.state === 'missing') {
    return <span className="nbm-faint">{words.__('no repository was recorded to compare')}</span>;
  }
  return (
    <>
      {change.commit_before === change.commit_after ? null : (
        <div>
          {words.__('commit')} <span className="nbm-mono">{short(change.commit_before)}</span> →{' '}
          <span className="nbm-mono">{short(change.commit_after)}</span>
        </div>
      )}
      {change.branch_before === change.branch_after ? null : (
        <div>
          {words.__('branch')} {visible(change.branch_before ?? '–', 80)} →{' '}
          {visible(change.branch_after ?? '–', 80)}
        </div>
      )}
      {change.is_dirty_before === change.is_dirty_after ? null : (
        <div>
          {change.is_dirty_after
            ? words.__('clean → uncommitted changes')
            : words.__('uncommitted changes → clean')}
        </div>
      )}
      {change.is_other_diff ? (
        <div>
          {words.__('uncommitted changes differ')}{' '}
          <span className="nbm-mono">
            {change.files
              .slice(0, MOST_FILES)
              .map(file => visible(file, 80))
              .join(', ')}
          </span>
        </div>
      ) : null}
    </>
  );
}

/** What was not committed, of both runs beside each other. */
function Uncommitted(props: { ids: readonly string[] }): React.JSX.Element {
  const { client, words } = useHost();
  const { answer } = useAnswer(
    signal => Promise.all(props.ids.map(id => client.run(id, signal))),
    props.ids.join()
  );
  return (
    <div className="nbm-two">
      {(answer ?? []).map(run => (
        <div key={run.id}>
          <Mark id={run.id} withName />
          {run.git?.diff ? (
            <Diff diff={run.git.diff} label={words.__('Uncommitted changes')} />
          ) : (
            <p className="nbm-faint">{words.__('nothing uncommitted')}</p>
          )}
        </div>
      ))}
    </div>
  );
}

function Seeds(): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const [isAll, setAll] = useState(false);
  const { comparison, runs } = compared;
  const changes = runs.flatMap(run => {
    const change = comparison.seeds[run.id];
    return change !== undefined && says(change) ? [{ id: run.id, change }] : [];
  });
  if (changes.length === 0) {
    return null;
  }
  return (
    <Section title={words.__('Random numbers')} name="compare-seeds" count={changes.length}>
      {(isAll ? changes : changes.slice(0, FEW_SEEDS)).map(({ id, change }) => (
        <div key={id} className={`nbm-data-run ${isStrong(compared, id) ? '' : 'nbm-mod-weak'}`}>
          <Mark id={id} />
          <div className="nbm-data-says">
            {change.seeds
              .map(seed => ({ ...seed, told: format.apart([seed.before, seed.after]) }))
              .map(seed => (
                <div key={seed.name}>
                  <span className="nbm-mono">{visible(seed.name, 60)}</span>{' '}
                  <span className="nbm-faint">{seed.state === 'added' ? '–' : seed.told[0]}</span> →{' '}
                  <b>{seed.state === 'removed' ? '–' : seed.told[1]}</b>
                </div>
              ))}
            {change.moved.map(each => (
              <div key={each}>{words.__('%1 stood elsewhere', visible(each, 120))}</div>
            ))}
            {change.unseeded.map(each => (
              <div key={each} className="nbm-faint">
                {words.__('no seed: %1', visible(each, 120))}
              </div>
            ))}
          </div>
        </div>
      ))}
      {changes.length > FEW_SEEDS ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', changes.length - FEW_SEEDS)}
        </button>
      ) : null}
    </Section>
  );
}

function says(change: SeedChange): boolean {
  return change.seeds.length + change.moved.length + change.unseeded.length > 0;
}
