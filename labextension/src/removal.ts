/** Deleting runs, with the way back. */
import type { Host } from './host';

/** True when they are out of sight; what was told offers to bring them back. */
export async function removeRuns(host: Host, runs: readonly string[]): Promise<boolean> {
  const { client, live, words } = host;
  try {
    await client.remove(runs);
  } catch (error) {
    host.tell('error', error instanceof Error ? error.message : String(error));
    return false;
  }
  const undo = () =>
    void client.restore(runs).then(
      () => live.nudge(),
      (error: unknown) => host.tell('error', String(error))
    );
  host.tell('info', words._n('%1 run is deleted', '%1 runs are deleted', runs.length), undo);
  live.nudge();
  return true;
}
