/** The run before one in its experiment, and what the comparison of both says. */
import { useAnswer } from '../../components/hooks';
import type { Comparison } from '../../comparison';
import { literal } from '../../filters';
import { useHost } from '../../host';
import type { Run } from '../../records';

export interface Before {
  readonly id: string;
  readonly comparison: Comparison;
}

/** Null while it is not known or where there is none. */
export function useBefore(run: Run | null): Before | null {
  const { client } = useHost();
  const key = run === null ? null : `${run.id}|${run.status}|${run.duration_seconds ?? ''}`;
  const { answer } = useAnswer(async (signal): Promise<Before | null> => {
    if (run === null || run.status === 'running' || run.status === 'pending') {
      return null;
    }
    const query = {
      experiment: run.experiment,
      filter: `started_at < ${literal(run.started_at)} and kind = ${literal(run.kind)}`,
      sort: 'started_at desc',
      columns: ['name'],
      limit: 1
    };
    const id = (await client.runs(query, signal)).ids[0];
    return id === undefined ? null : { id, comparison: await client.compare([id, run.id], signal) };
  }, key);
  return answer;
}
