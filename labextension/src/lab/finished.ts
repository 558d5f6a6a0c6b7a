/** A word when a long run has ended while somebody was waiting for it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { statusWord } from '../components/StatusMark';
import * as format from '../format';
import type { Host } from '../host';
import type { Changed } from '../live';
import { visible } from '../text';
import { notify } from './notices';

const MOST = 100;
const MOST_TOLD = 5;

/** Watches one workspace; it asks only while there are running runs, and once when they ended. */
export class Finished {
  private running = new Set<string>();
  private isAsking = false;
  private missed: Changed | null = null;
  private readonly stop: () => void;

  constructor(
    private readonly host: Host,
    private readonly words: TranslationBundle,
    private readonly afterSeconds: () => number
  ) {
    this.stop = host.live.listen(changed => void this.look(changed));
  }

  dispose(): void {
    this.stop();
  }

  private async look(changed: Changed): Promise<void> {
    if (this.isAsking) {
      this.missed = changed; // it may be the last one for a long time
      return;
    }
    if (changed.running === this.running.size) {
      return;
    }
    this.isAsking = true;
    try {
      const query = { filter: "status = 'running'", columns: ['name'], limit: MOST };
      const found = changed.running === 0 ? [] : (await this.host.client.runs(query)).ids;
      const now = new Set(found);
      const ended = [...this.running].filter(id => !now.has(id));
      this.running = now;
      for (const id of ended.slice(0, MOST_TOLD)) {
        await this.tell(id);
      }
    } catch {
      // Whoever looks at the panel sees what is wrong.
    } finally {
      this.isAsking = false;
    }
    const { missed } = this;
    if (missed !== null) {
      this.missed = null;
      await this.look(missed);
    }
  }

  private async tell(id: string): Promise<void> {
    const least = this.afterSeconds();
    const run = await this.host.client.run(id);
    if (least <= 0 || (run.duration_seconds ?? 0) < least || run.deleted_at !== null) {
      return;
    }
    const name = visible(run.name, 60);
    const took = format.duration(run.duration_seconds);
    const isGood = run.status === 'succeeded' || run.status === 'reused';
    const message = isGood
      ? this.words.__('%1 succeeded after %2', name, took)
      : this.words.__('%1 ended as %2 after %3', name, statusWord(run.status, this.words), took);
    // What failed waits for somebody to see it; who cancels a run knows.
    const isStill = !isGood && run.status !== 'cancelled';
    notify(message, isGood ? 'success' : isStill ? 'warning' : 'info', {
      autoClose: isStill ? false : 8000,
      actions: [{ label: this.words.__('Open'), callback: () => this.host.openRun(id) }]
    });
  }
}
