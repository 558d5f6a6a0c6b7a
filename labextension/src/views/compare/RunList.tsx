/** The runs that are compared: the legend of all pictures, and the place where runs are chosen. */
import React from 'react';
import { IconButton } from '../../components/icons';
import { StatusMark, statusWord } from '../../components/StatusMark';
import * as format from '../../format';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Mark } from './Mark';
import { RANKS, rankedBy } from '../../looks';
import { isCrowd, isStrong, useCompared } from './model';

export function RunList(props: { onRuns: (runs: readonly string[]) => void }): React.JSX.Element {
  const { words, openRun } = useHost();
  const compared = useCompared();
  const { runs, chosen, choose, hover, first } = compared;
  const ids = runs.map(run => run.id);
  const toggle = (id: string) =>
    choose(chosen.has(id) ? [...chosen].filter(each => each !== id) : [...chosen, id]);
  const experiments = new Set(runs.map(run => run.experiment));
  const isMany = isCrowd(compared);
  const ranked = rankedBy(compared.comparison);
  return (
    <aside
      className={`nbm-compare-runs ${isMany ? 'nbm-mod-crowd' : ''}`}
      aria-label={words.__('Runs that are compared')}
    >
      {ranked ? (
        <div className="nbm-ranks">
          <span className="nbm-ranks-name">{visible(ranked.name, 40)}</span>
          <span>{words.__('worse')}</span>
          <span className="nbm-ranks-scale" aria-hidden="true">
            {Array.from({ length: RANKS }, (_, at) => (
              <span key={at} style={{ background: `var(--nbm-rank-${at + 1})` }} />
            ))}
          </span>
          <span>{words.__('better')}</span>
        </div>
      ) : null}
      <ul className="nbm-list" onMouseLeave={() => hover(null)}>
        {runs.map(run => {
          const facts = [
            experiments.size > 1 ? visible(run.experiment, 40) : '',
            run.status === 'succeeded' ? '' : statusWord(run.status, words),
            format.duration(run.duration_seconds),
            format.size(run.peak_memory_bytes)
          ].filter(Boolean);
          const name = visible(run.name, 80) || words.__('unnamed');
          return (
            <li
              key={run.id}
              className={`nbm-compare-run ${isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}`}
              onMouseEnter={() => hover(run.id)}
            >
              <input
                type="checkbox"
                aria-label={words.__('Mark %1', name)}
                title={words.__('Mark')}
                checked={chosen.has(run.id)}
                onChange={() => toggle(run.id)}
                onFocus={() => hover(run.id)}
                onBlur={() => hover(null)}
              />
              <Mark id={run.id} />
              <span className="nbm-compare-run-text">
                <button
                  type="button"
                  className="nbm-link nbm-compare-run-name"
                  title={isMany ? `${name}\n${facts.join(' · ')}` : name}
                  onClick={() => openRun(run.id)}
                >
                  {name}
                </button>
                {isMany && run.status === 'succeeded' ? null : (
                  <span className="nbm-compare-run-facts" title={format.instant(run.started_at)}>
                    <StatusMark status={run.status} words={words} />
                    {facts.join(' · ')}
                  </span>
                )}
                {[...run.notes, ...(run.error ? [run.error] : [])].map(note => (
                  <span key={note} className="nbm-compare-run-note" title={visible(note, 400)}>
                    {visible(note, 160)}
                  </span>
                ))}
              </span>
              <span className="nbm-compare-run-actions">
                {run.id === first ? (
                  <span className="nbm-chip" title={words.__('The others are told against it')}>
                    {words.__('base')}
                  </span>
                ) : (
                  <IconButton
                    icon="pin"
                    className="nbm-mod-quiet"
                    label={words.__('Tell the others against %1', name)}
                    onClick={() => props.onRuns([run.id, ...ids.filter(each => each !== run.id)])}
                  />
                )}
                {runs.length > 2 ? (
                  <IconButton
                    icon="close"
                    className="nbm-mod-quiet"
                    label={words.__('Leave %1 out', name)}
                    onClick={() => props.onRuns(ids.filter(each => each !== run.id))}
                  />
                ) : null}
              </span>
            </li>
          );
        })}
      </ul>
      {chosen.size > 0 ? (
        <div className="nbm-compare-chosen" role="status">
          {words.__('%1 of %2 marked', chosen.size, runs.length)}
          {chosen.size > 1 && chosen.size < runs.length ? (
            <button
              type="button"
              className="nbm-link"
              onClick={() => {
                choose([]);
                props.onRuns(ids.filter(id => chosen.has(id)));
              }}
            >
              {words.__('Compare only these')}
            </button>
          ) : null}
          <button type="button" className="nbm-link" onClick={() => choose([])}>
            {words.__('Mark none')}
          </button>
        </div>
      ) : null}
    </aside>
  );
}
