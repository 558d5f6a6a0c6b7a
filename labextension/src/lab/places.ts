/** Which workspace the person is in: that of the notebook in front, or the one they chose. */
import { Signal, type ISignal } from '@lumino/signaling';
import { Client, type Scope, type Transport } from '../client';
import type { Host } from '../host';
import { Live } from '../live';
import type { WorkspaceSummary } from '../routes';

export type MakeHost = (client: Client, live: Live) => Host;

export class Places {
  private readonly hosts = new Map<string, Host>();
  private readonly notebooks = new Map<string, string>();
  private readonly signal = new Signal<this, void>(this);
  private notebook: string | undefined;
  private chosen: string | null = null;
  private asked = 0;

  /** The workspaces that the server knows. */
  known: readonly WorkspaceSummary[] = [];
  /** The key of the one that applies; null before the server answered. */
  current: string | null = null;
  /** What is wrong with where the notebook records. */
  problem: string | null = null;
  error: unknown = null;

  constructor(
    private readonly transport: Transport,
    private readonly makeHost: MakeHost
  ) {}

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get isFollowing(): boolean {
    return this.chosen === null;
  }

  /** A host without a workspace, for what has to be said before there is one. */
  get anywhere(): Host {
    return this.host('');
  }

  /** The host of a workspace; each has one connection for all of its views. */
  host(key: string): Host {
    let host = this.hosts.get(key);
    if (host === undefined) {
      const { notebooks } = this;
      const scope: Scope = {
        workspace: key,
        get notebook() {
          return notebooks.get(key);
        }
      };
      const client = new Client(this.transport, key ? scope : {});
      const live = new Live(signal => client.events(signal));
      host = this.makeHost(client, live);
      this.hosts.set(key, host);
    }
    return host;
  }

  /** Where a workspace is: a server that was started anew knows none but its own, and finds the
   * others by a notebook that records there. */
  scope(key: string): Scope {
    const notebook = this.notebooks.get(key);
    return { workspace: key, ...(notebook === undefined ? {} : { notebook }) };
  }

  /** The same, as a link or a layout remembers it. */
  learn({ workspace, notebook }: Scope): void {
    if (workspace && notebook && !this.notebooks.has(workspace)) {
      this.notebooks.set(workspace, notebook);
    }
  }

  /** The notebook in front; its workspace is shown unless another one was chosen. */
  async follow(notebook: string | undefined): Promise<void> {
    this.notebook = notebook ?? this.notebook;
    await this.look();
  }

  /** Stay in one workspace; null follows the notebook in front again. */
  async choose(key: string | null): Promise<void> {
    this.chosen = key;
    await this.look();
  }

  async look(): Promise<void> {
    const asked = ++this.asked;
    const client = new Client(this.transport, { notebook: this.notebook });
    try {
      const answer = await client.workspaces();
      if (asked !== this.asked) {
        return;
      }
      if (client.scope.notebook !== undefined) {
        this.notebooks.set(answer.current, client.scope.notebook);
      }
      this.known = answer.workspaces;
      this.problem = answer.problem;
      this.error = null;
      const isThere = answer.workspaces.some(each => each.key === this.chosen);
      this.current = this.chosen !== null && isThere ? this.chosen : answer.current;
    } catch (error) {
      if (asked !== this.asked) {
        return;
      }
      this.error = error;
    }
    this.signal.emit();
  }
}
