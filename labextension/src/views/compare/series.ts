/** Series of compared runs that are read beside the comparison: over time, and parts in full. */
import { useAnswer } from '../../components/hooks';
import type { Curve } from '../../comparison';
import { useHost } from '../../host';
import type { Series } from '../../routes';
import { useCompared } from './model';

export type Range = readonly [number, number];

/** Series by run and metric, with the second at which the run began. */
export type Times = ReadonlyMap<
  string,
  { readonly start: number; readonly series: Readonly<Record<string, Series>> }
>;

const POINTS = 2000;
const AT_ONCE = 4;

/** Everything over time, once it is wanted: the comparison itself knows steps only. */
export function useTimes(
  isWanted: boolean,
  round: number
): { answer: Times | null; error: unknown } {
  const { client } = useHost();
  const { comparison, runs } = useCompared();
  const names = comparison.curves.map(curve => curve.name);
  const ids = runs.map(run => run.id);
  const points = Math.max(200, Math.floor((10 * POINTS) / Math.max(runs.length, 1)));
  return useAnswer(
    async signal =>
      isWanted
        ? new Map(
            await inTurn(runs, async run => {
              const series = await client.series(run.id, names, { points }, signal);
              return [run.id, { start: Date.parse(run.started_at) / 1000, series }] as const;
            })
          )
        : null,
    JSON.stringify([isWanted, ids, names, round])
  );
}

/** The part of a curve that was chosen, with all of its points, for the runs that have more. */
export function useZoomed(
  curve: Curve,
  range: Range | null,
  times: Times | null
): ReadonlyMap<string, { readonly start: number; readonly series: Series }> | null {
  const { client } = useHost();
  const { runs } = useCompared();
  const ids = runs.map(run => run.id);
  const { answer } = useAnswer(
    async signal => {
      if (range === null || !curve.has_steps) {
        return null;
      }
      const wanted = runs.flatMap(run => {
        const known = times?.get(run.id)?.series[curve.name];
        const there = known?.values.length ?? curve.lines[run.id]?.length ?? 0;
        const start = Date.parse(run.started_at) / 1000;
        const steps = times === null ? range : known ? stepsBetween(known, start, range) : null;
        const isThinned = (curve.point_counts[run.id] ?? 0) > there;
        return isThinned && steps !== null ? [{ id: run.id, start, steps }] : [];
      });
      const found = await inTurn(wanted, async ({ id, start, steps }) => {
        const [from, to] = [Math.floor(steps[0]), Math.ceil(steps[1])];
        const options = { points: POINTS, from, to };
        const series = (await client.series(id, [curve.name], options, signal))[curve.name];
        return series ? [[id, { start, series }] as const] : [];
      });
      return new Map(found.flat());
    },
    JSON.stringify([range, times !== null, ids, curve.name, curve.point_counts])
  );
  return range === null ? null : answer;
}

/** The steps that a part of the time covers, and one on either side. */
export function stepsBetween(series: Series, start: number, range: Range): Range | null {
  const places = series.times.map(at => at / 1000 - start);
  const first = places.findIndex(place => place >= range[0]);
  const last = places.filter(place => place <= range[1]).length - 1;
  const before = series.steps[Math.max((first < 0 ? places.length : first) - 1, 0)];
  const after = series.steps[Math.min(last + 1, places.length - 1)];
  return typeof before === 'number' && typeof after === 'number' && before <= after
    ? [before, after]
    : null;
}

/** What `ask` gives for each, a few at a time, in the order given. */
async function inTurn<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) {
        answers[at] = await ask(item);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return answers;
}
