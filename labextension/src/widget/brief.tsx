/** A run in the place of the view that led to it, where the page has nowhere else to open it. It has
 * what was recorded but its curves and figures, which would make every module of a widget large. */
import React, { useEffect, useRef } from 'react';
import { useAnswer } from '../components/hooks';
import { IconButton } from '../components/icons';
import { ErrorNote } from '../components/Problem';
import { StatusMark } from '../components/StatusMark';
import * as format from '../format';
import { useHost } from '../host';
import { visible } from '../text';
import { useBefore } from '../views/run/before';
import { Headline } from '../views/run/Headline';
import { Data, Models, Params } from '../views/run/Inputs';
import { Since } from '../views/run/Since';
import { Source, Texts, Troubles } from '../views/run/Texts';

export function Brief(props: { id: string; onBack: () => void }): React.JSX.Element {
  const { id, onBack } = props;
  const { client, words } = useHost();
  const { answer: run, error } = useAnswer(signal => client.run(id, signal), id);
  const before = useBefore(run);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector('button')?.focus(), [id]);
  return (
    <div ref={place} className="nbm-run">
      <IconButton icon="before" label={words.__('Back')} onClick={onBack} withWord />
      {run === null ? (
        error ? (
          <ErrorNote error={error} />
        ) : null
      ) : (
        <article aria-label={words.__('Run %1', visible(run.name, 80))}>
          <h2 className="nbm-run-name-line">{visible(run.name, 200) || words.__('unnamed')}</h2>
          <div className="nbm-run-meta">
            <StatusMark status={run.status} words={words} spoken />
            <span>{visible(run.experiment, 80)}</span>
            <span>{format.instant(run.started_at)}</span>
            <span>{format.duration(run.duration_seconds)}</span>
            <span className="nbm-id">{format.shortId(run.id)}</span>
          </div>
          <Troubles run={run} />
          <Headline run={run} before={before} />
          <Since run={run} before={before} />
          <Params run={run} before={before} />
          <Models run={run} />
          <Data run={run} before={before} />
          <Source run={run} />
          <Texts run={run} />
        </article>
      )}
    </div>
  );
}
