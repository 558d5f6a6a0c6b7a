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
  const undo = () => void restoreRuns(host, runs);
  host.tell('info', words._n('%1 run is deleted', '%1 runs are deleted', runs.length), undo);
  live.nudge();
  return true;
}

/** Bring deleted runs back. */
export async function restoreRuns(host: Host, runs: readonly string[]): Promise<void> {
  try {
    await host.client.restore(runs);
    host.live.nudge();
  } catch (error) {
    host.tell('error', error instanceof Error ? error.message : String(error));
  }
}
