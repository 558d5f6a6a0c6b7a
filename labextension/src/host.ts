/** What a view is given by where it stands: who answers, which words, what happens on a click. */
import React from 'react';
import type { Client } from './client';
import type { Live } from './live';
import type { Words } from './words';

export type { Words } from './words';

export interface Host {
  readonly client: Client;
  readonly live: Live;
  readonly words: Words;
  readonly openRun: (id: string) => void;
  /** Open the table with all its room, as it stands. */
  readonly openRuns?: (experiment: string, filter: string) => void;
  /** Open the report of a drift check; without it there is no such place. */
  readonly openDrift?: (run: string) => void;
  /** What interrupts a kernel; null where it is none of this server's. */
  readonly stopper?: (kernel: string) => (() => Promise<void>) | null;
  readonly openNotebook?: (path: string, cellId: string | null) => void;
  /** Open these runs side by side; without it there is no such place. */
  readonly openComparison?: (runs: readonly string[]) => void;
  /** The address under which a colleague sees this run, or these runs with commas between. */
  readonly linkTo?: (id: string) => string;
  readonly copy: (text: string) => void;
  readonly tell: (kind: 'success' | 'error' | 'info', message: string, undo?: () => void) => void;
  /** Markdown as a node that is sanitized already; plain text is shown without it. */
  readonly renderMarkdown?: (text: string) => Promise<HTMLElement>;
  readonly remember: (key: string, value: unknown) => void;
  readonly recall: (key: string) => Promise<unknown>;
}

const HostContext = React.createContext<Host | null>(null);

export const HostProvider = HostContext.Provider;

export function useHost(): Host {
  const host = React.useContext(HostContext);
  if (host === null) {
    throw new Error('A view stands outside of its host.');
  }
  return host;
}
