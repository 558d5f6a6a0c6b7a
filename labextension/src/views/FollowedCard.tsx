/** The live card of a run that another page began: the kernel tells that page, the server this one. */
import React, { useCallback, useRef, useState } from 'react';
import { useAnswer, useChanges, useSight } from '../components/hooks';
import { interruptOf } from '../components/stop';
import { useHost } from '../host';
import { lineOf } from '../lines';
import type { Run } from '../records';
import type { Series } from '../routes';
import { LiveCard, type Facts, type Going } from './LiveCard';

const POINTS = 1000;

interface Seen {
  readonly run: Run;
  readonly series: Readonly<Record<string, Series>>;
  readonly at: number;
}

export function FollowedCard(props: { id: string }): React.JSX.Element {
  const { id } = props;
  const host = useHost();
  const { client, live } = host;
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound(before => before + 1), []);
  const frame = useRef<HTMLDivElement>(null);
  useChanges(live, again, useSight(frame));
  const ask = async (signal: AbortSignal): Promise<Seen> => {
    const [run, series] = await Promise.all([
      client.run(id, signal),
      client.series(id, [], { points: POINTS }, signal)
    ]);
    return { run, series, at: Date.now() };
  };
  const { answer } = useAnswer(ask, id, round);
  return (
    <div ref={frame}>
      {answer === null ? null : (
        <LiveCard going={{ ...goingOf(answer), round }} interrupt={interruptOf(host, answer.run)} />
      )}
    </div>
  );
}

/** What the server knows of a run in the form in which a kernel tells it. */
function goingOf({ run, series, at }: Seen): Omit<Going, 'round'> {
  const facts: Facts = {
    elapsed_seconds: Math.max(0, (at - Date.parse(run.started_at)) / 1000),
    metrics: run.metrics,
    peak_memory_bytes: run.resources?.peak_memory_bytes ?? null,
    resources: run.resources?.series ?? {}
  };
  const drawn = Object.entries(series).map(([name, each]) => {
    const line = lineOf(name, each, false);
    return { name, count: each.point_count, line: () => line };
  });
  return { name: run.name, experiment: run.experiment, series: drawn, facts, toldAt: at };
}
