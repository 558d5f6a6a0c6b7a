/** Where a kernel records, as it says itself, and whether this server looks there.
 *
 * A server looks where the settings beside a notebook say. A kernel on another machine, in a container
 * or under another environment may record elsewhere; whoever sees an empty table then would believe
 * that nothing was recorded. */
import { Client, type Transport } from './client';
import { literal } from './filters';
import { visible } from './text';
import type { Words } from './words';

/** What a kernel says of its latest run, in the part of a message that no file keeps. */
export interface Told {
  readonly run: string;
  readonly location: string;
  /** The setting that chose the place. */
  readonly source: string;
  readonly host: string;
  /** Why runs are not even there. */
  readonly problem: string;
}

/** Where the server looked for that run. */
export interface Looked {
  readonly location: string;
  readonly host: string;
  /** The key of the workspace that has it; null where no known one does. */
  readonly foundIn: string | null;
  readonly isExpected: boolean;
}

/** A kernel that records where nobody looks for its notebook's runs. */
export interface Finding {
  readonly told: Told;
  readonly looked: Looked;
}

const MOST_PLACES = 20;
const MOST_NAME = 48;
const URL = /^[a-z][a-z0-9+.-]+:\/\//i;

/** What a message says in its transient part, if it says where a run goes. */
export function readTold(transient: unknown): Told | null {
  const said = (transient as { nbmlops?: unknown } | null | undefined)?.nbmlops;
  if (typeof said !== 'object' || said === null) {
    return null;
  }
  const text = (name: string): string => {
    const value = (said as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' ? value : '';
  };
  const told = {
    run: text('run'),
    location: text('location'),
    source: text('source'),
    host: text('host'),
    problem: text('problem')
  };
  return told.run && told.location ? told : null;
}

/** Where the server has the run; null where it could not say. Only the run's id is sent: what a
 * kernel names is no place that a page may send a server to. */
export async function lookFor(
  transport: Transport,
  notebook: string,
  told: Told
): Promise<Looked | null> {
  try {
    const answer = await new Client(transport, { notebook }).workspaces();
    const at = (key: string | null) => answer.workspaces.find(each => each.key === key);
    const expected = at(answer.current);
    if (expected === undefined) {
      return null;
    }
    const { location } = expected;
    const found = (foundIn: string | null): Looked => ({
      location,
      host: answer.host,
      foundIn,
      isExpected: foundIn === answer.current
    });
    if (await holds(transport, answer.current, told.run)) {
      return found(answer.current);
    }
    for (const { key } of answer.workspaces.slice(0, MOST_PLACES)) {
      // One of the others that does not answer says nothing about this one.
      if (key !== answer.current && (await holds(transport, key, told.run).catch(() => false))) {
        return found(key);
      }
    }
    return found(null);
  } catch {
    return null;
  }
}

async function holds(transport: Transport, workspace: string, run: string): Promise<boolean> {
  const client = new Client(transport, { workspace });
  const query = { filter: `id = ${literal(run)}`, columns: ['status'], limit: 1 };
  return (
    (await client.runs(query)).total > 0 ||
    (await client.runs({ ...query, deleted: true })).total > 0
  );
}

export type Kind = 'known' | 'late' | 'machine' | 'database' | 'folder';

/** Which case it is. */
export function kindOf({ told, looked }: Finding): Kind {
  const isDatabase = URL.test(told.location);
  const isOtherHost = told.host !== '' && looked.host !== '' && told.host !== looked.host;
  if (looked.foundIn !== null) {
    return 'known';
  }
  if (told.location === looked.location && (isDatabase || !isOtherHost)) {
    return 'late';
  }
  if (isDatabase) {
    return 'database';
  }
  return isOtherHost ? 'machine' : 'folder';
}

/** The case in one sentence, which names the notebook: another tab may be in front of it. */
export function titleOf(finding: Finding, notebook: string, words: Words): string {
  const name = visible(notebook.split('/').at(-1) ?? '', MOST_NAME);
  switch (kindOf(finding)) {
    case 'known':
      return words.__('The kernel of %1 records to another workspace than its notebook’s', name);
    case 'late':
      return words.__('The runs of %1 do not arrive here', name);
    case 'machine':
      return words.__('The kernel of %1 records where this server cannot look', name);
    default:
      return words.__('The kernel of %1 records where this server does not look', name);
  }
}

/** What to do about it. */
export function adviceOf(finding: Finding, words: Words): string {
  switch (kindOf(finding)) {
    case 'known':
      return words.__('Its runs are kept there, and this server knows the place.');
    case 'late':
      return words.__(
        'Both name the same place, but the latest run has not come there. Run nbmlops doctor where the kernel runs: it says why.'
      );
    case 'machine':
      return words.__(
        'Its runs are kept there, but a folder of another machine cannot be read from here. Set NBMLOPS_WORKSPACE to one database, postgresql://…, for the kernel and for the server, or start the server where the kernel runs.'
      );
    case 'database':
      return words.__(
        'Its runs are kept there. Start the server with NBMLOPS_WORKSPACE set to this database, with its user and password, and the runs are here.'
      );
    case 'folder':
      return finding.told.source === 'NBMLOPS_WORKSPACE'
        ? words.__(
            'Its runs are kept there. Start the server with NBMLOPS_WORKSPACE set to this folder too, or take this variable out of the kernel’s environment.'
          )
        : words.__(
            'Its runs are kept there. Set NBMLOPS_WORKSPACE to one folder for both, the kernel and the server.'
          );
  }
}

/** After a run was not found, and before that is said: it may still be on its way. */
export const AGAIN_MS = 4000;
const PAUSE_MS = 5000;

/** Where the kernel of one notebook records. It asks only while somebody looks, only after the kernel
 * has said something, and no more once its runs are found where they are expected. */
export class Recording {
  private told: Told | null = null;
  private isSettled = false;
  private misses = 0;
  private seen = false;
  private isAsking = false;
  private isWanted = false;
  private askedAt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private known: Finding | null = null;

  constructor(
    private readonly look: (told: Told) => Promise<Looked | null>,
    private readonly changed: () => void
  ) {}

  /** What there is to say. */
  get finding(): Finding | null {
    return this.known;
  }

  set isSeen(isSeen: boolean) {
    this.seen = isSeen;
    this.stop();
    this.soon(AGAIN_MS);
  }

  /** The kernel has said where a run goes. */
  hear(told: Told): void {
    const before = this.told;
    this.told = told;
    if (before === null || placeOf(before) !== placeOf(told)) {
      this.isSettled = false;
      this.misses = 0;
      this.show(null);
      this.askedAt = 0;
    }
    this.again();
  }

  /** It may have become another one: look once more, unless its runs are where they are expected. */
  again(): void {
    this.isWanted = this.told !== null && !this.isSettled;
    this.soon(PAUSE_MS);
  }

  /** There is no such kernel any more, or it has begun anew. */
  forget(): void {
    this.stop();
    this.told = null;
    this.isWanted = false;
    this.isSettled = false;
    this.misses = 0;
    this.show(null);
  }

  private stop(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private soon(pause: number): void {
    if (this.seen && this.isWanted && !this.isAsking && this.timer === null) {
      const wait = Math.max(0, this.askedAt + pause - Date.now());
      this.timer = setTimeout(() => void this.ask(), wait);
    }
  }

  private async ask(): Promise<void> {
    this.timer = null;
    const { told } = this;
    if (told === null) {
      return;
    }
    this.isWanted = false;
    this.isAsking = true;
    this.askedAt = Date.now();
    const looked = await this.look(told);
    this.isAsking = false;
    if (this.told !== null && placeOf(this.told) === placeOf(told)) {
      this.take({ told, looked });
    }
    this.soon(AGAIN_MS);
  }

  private take({ told, looked }: { told: Told; looked: Looked | null }): void {
    if (looked === null) {
      return; // whoever looks at the panel sees what is wrong, and the next run asks again
    }
    if (looked.isExpected) {
      this.isSettled = true;
      this.isWanted = false;
      this.misses = 0;
      this.show(null);
      return;
    }
    this.misses += 1;
    if (looked.foundIn !== null || this.misses > 1) {
      this.show({ told, looked });
    } else {
      this.isWanted = true;
    }
  }

  private show(finding: Finding | null): void {
    if (finding !== this.known) {
      this.known = finding;
      this.changed();
    }
  }
}

function placeOf({ location, host, problem }: Told): string {
  return [host, location, problem].join('\n');
}
