/** Two to fifty runs side by side: what differs between them, and why. */
import React, { useCallback, useEffect, useMemo, useState } from 'react';
import { useAnswer, useChanges } from '../components/hooks';
import { ErrorNote } from '../components/Problem';
import type { Comparison } from '../comparison';
import { useHost } from '../host';
import { looksOf } from '../looks';
import { visible } from '../text';
import { Code } from './compare/Code';
import { Curves } from './compare/Curves';
import { Data } from './compare/Data';
import { Figures } from './compare/Figures';
import { Header } from './compare/Header';
import { ComparedProvider, type Compared } from './compare/model';
import { Models } from './compare/Models';
import { Relations } from './compare/Relations';
import { RunList } from './compare/RunList';
import { Surroundings } from './compare/Surroundings';
import { Values } from './compare/Values';
import { Why } from './compare/Why';

const ONLY_DIFFERENCES = 'compare:only-differences';
const OPEN = new Set(['running', 'pending']);

export function CompareView(props: {
  runs: readonly string[];
  isShown: boolean;
  onRuns: (runs: readonly string[]) => void;
  onComparison?: (comparison: Comparison) => void;
}): React.JSX.Element {
  const { runs, isShown, onRuns, onComparison } = props;
  const host = useHost();
  const { client, live, words } = host;
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound(before => before + 1), []);
  const { answer: comparison, error } = useAnswer(
    signal => client.compare(runs, signal),
    runs.join(','),
    round
  );
  const isOpen = comparison?.runs.some(run => OPEN.has(run.status)) ?? false;
  useChanges(live, again, isShown && isOpen);
  useEffect(() => {
    if (comparison !== null) {
      onComparison?.(comparison);
    }
  }, [comparison, onComparison]);

  const [onlyDifferences, setOnly] = useState(true);
  useEffect(() => {
    void host.recall(ONLY_DIFFERENCES).then(known => {
      if (typeof known === 'boolean') {
        setOnly(known);
      }
    });
  }, [host]);
  const [marked, setMarked] = useState<readonly string[]>([]);
  const [hovered, setHovered] = useState<string | null>(null);
  const looks = useMemo(() => (comparison ? looksOf(comparison) : new Map()), [comparison]);
  const chosen = useMemo(
    () => new Set(marked.filter(id => comparison?.runs.some(run => run.id === id))),
    [marked, comparison]
  );

  if (comparison === null || (error !== null && !isOpen)) {
    return error ? (
      <ErrorNote error={error} onRetry={again} />
    ) : (
      <div className="nbm-empty" role="status">
        {words.__('Comparing…')}
      </div>
    );
  }
  const compared: Compared = {
    comparison,
    runs: comparison.runs,
    looks,
    first: comparison.runs[0]?.id ?? '',
    onlyDifferences,
    chosen,
    hovered,
    choose: setMarked,
    hover: setHovered
  };
  return (
    <ComparedProvider value={compared}>
      <article className="nbm-compare" aria-label={words.__('Comparison')}>
        <Header
          onOnlyDifferences={only => {
            setOnly(only);
            host.remember(ONLY_DIFFERENCES, only);
          }}
        />
        {comparison.notes.length > 0 ? (
          <ul className="nbm-banner nbm-list" role="status">
            {comparison.notes.map(note => (
              <li key={note}>{visible(note, 400)}</li>
            ))}
          </ul>
        ) : null}
        <div className="nbm-compare-parts">
          <RunList onRuns={onRuns} />
          <div className="nbm-compare-main">
            <Why />
            <Values />
            <Curves round={round} />
            <Relations />
            <Code />
            <Data />
            <Models />
            <Surroundings />
            <Figures />
          </div>
        </div>
      </article>
    </ComparedProvider>
  );
}
