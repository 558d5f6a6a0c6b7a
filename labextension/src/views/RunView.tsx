/** Everything that was recorded of one run. */
import React, { useCallback, useEffect, useState } from 'react';
import { useAnswer, useChanges } from '../components/hooks';
import { ErrorNote } from '../components/Problem';
import { useHost } from '../host';
import type { Run } from '../records';
import { Costs } from './run/Costs';
import { Curves } from './run/Curves';
import { Figures } from './run/Figures';
import { Header } from './run/Header';
import { Headline } from './run/Headline';
import { Data, Models, Params } from './run/Inputs';
import { Lineage } from './run/Lineage';
import { Note } from './run/Note';
import { Observed } from './run/Observed';
import { Since } from './run/Since';
import { Background, Side } from './run/Side';
import { Source, Texts, Troubles } from './run/Texts';
import { useBefore } from './run/before';

export function RunView(props: {
  id: string;
  isShown: boolean;
  onRun?: (run: Run) => void;
}): React.JSX.Element {
  const { id, isShown, onRun } = props;
  const { client, live, words } = useHost();
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound(before => before + 1), []);
  const { answer: run, error } = useAnswer(signal => client.run(id, signal), id, round);
  // A run that has ended changes only by hand, and then this view is told by who changed it.
  useChanges(live, again, isShown);
  useEffect(() => {
    if (run !== null) {
      onRun?.(run);
    }
  }, [run, onRun]);
  const before = useBefore(run);

  if (run === null) {
    return error ? (
      <ErrorNote error={error} onRetry={again} />
    ) : (
      <div className="nbm-empty" role="status">
        {words.__('Reading…')}
      </div>
    );
  }
  return (
    <article className="nbm-run" aria-label={words.__('Run %1', run.name)}>
      <Header run={run} onChanged={again} />
      <Troubles run={run} />
      <Headline run={run} before={before} />
      <Since run={run} before={before} />
      <Note run={run} onChanged={again} />
      <div className="nbm-run-parts">
        <div className="nbm-run-main">
          <Curves run={run} round={round} />
          <Params run={run} before={before} />
          <Models run={run} />
          <Data run={run} before={before} />
        </div>
        <Side run={run} onChanged={again} />
      </div>
      <Lineage run={run} round={round} />
      <div className="nbm-run-parts">
        <div className="nbm-run-main">
          <Figures run={run} />
          <Source run={run} />
          <Observed run={run} />
          <Texts run={run} />
          <Costs run={run} />
        </div>
        <Background run={run} />
      </div>
    </article>
  );
}
