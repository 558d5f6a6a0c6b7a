/** What tells views that something changed: server-sent events, only while somebody looks. */

export interface Changed {
  readonly sequence: number;
  readonly running: number;
}

export type Listener = (changed: Changed) => void;

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** The server says something every 15 seconds; a sleeping laptop's connection says nothing. */
const SILENCE_MS = 45_000;

/** The complete events at the beginning of `text`, and what is left of it. */
export function parse(text: string): { events: Changed[]; rest: string } {
  const blocks = text.replace(/\r\n?/g, '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events: Changed[] = [];
  for (const block of blocks) {
    const lines = block.split('\n');
    const data = lines.filter(line => line.startsWith('data:')).map(line => line.slice(5).trim());
    if (data.length > 0 && lines.some(line => /^event:\s*changed$/.test(line))) {
      try {
        events.push(JSON.parse(data.join('\n')) as Changed);
      } catch {
        // A line that is no event of ours tells nothing; the next one will.
      }
    }
  }
  return { events, rest };
}

/** Calls its listeners when the workspace changed; the connection is open while there are any and
 * the page is seen, and comes back by itself. */
export class Live {
  private readonly listeners = new Set<Listener>();
  private connection: AbortController | null = null;
  private timer = 0;
  private wait = FIRST_WAIT_MS;
  private latest: Changed | null = null;

  constructor(
    private readonly open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
    private readonly page: Document = document
  ) {
    page.addEventListener('visibilitychange', this.look);
    window.addEventListener('online', this.look);
  }

  /** The latest that is known, null before the first event. */
  get known(): Changed | null {
    return this.latest;
  }

  /** Add a listener; what comes back takes it away. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.latest !== null) {
      listener(this.latest);
    }
    this.look();
    return () => {
      this.listeners.delete(listener);
      this.look();
    };
  }

  /** Tell everybody at once, after a change that was made here. */
  nudge(): void {
    if (this.latest !== null) {
      this.tell({ ...this.latest });
    }
  }

  dispose(): void {
    this.listeners.clear();
    this.close();
    this.page.removeEventListener('visibilitychange', this.look);
    window.removeEventListener('online', this.look);
  }

  private readonly look = (): void => {
    const wanted = this.listeners.size > 0 && !this.page.hidden;
    if (!wanted) {
      this.close();
    } else if (this.connection === null) {
      clearTimeout(this.timer);
      void this.connect();
    }
  };

  private close(): void {
    clearTimeout(this.timer);
    this.connection?.abort();
    this.connection = null;
  }

  private async connect(): Promise<void> {
    const connection = new AbortController();
    this.connection = connection;
    let alarm = 0;
    const alive = () => {
      clearTimeout(alarm);
      alarm = window.setTimeout(() => connection.abort(), SILENCE_MS);
    };
    try {
      alive();
      const reader = (await this.open(connection.signal))
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .getReader();
      let text = '';
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        alive();
        this.wait = FIRST_WAIT_MS;
        const found = parse(text + part.value);
        text = found.rest;
        const latest = found.events.at(-1);
        if (latest !== undefined) {
          this.tell(latest);
        }
      }
    } catch {
      // Whatever cut the connection, the way back is the same.
    }
    clearTimeout(alarm);
    if (this.connection === connection) {
      this.connection = null;
      this.timer = window.setTimeout(this.look, this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    }
  }

  private tell(changed: Changed): void {
    this.latest = changed;
    for (const listener of [...this.listeners]) {
      listener(changed);
    }
  }
}
