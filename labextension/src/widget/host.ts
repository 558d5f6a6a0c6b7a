/** A widget as the host of views: it has words, and little else of a house around it. */
import { Client, type Transport } from '../client';
import type { Host } from '../host';
import { Live } from '../live';
import { wordsOfPage } from '../opening';

/** For views that ask for nothing. */
const silent: Transport = {
  json: () => Promise.reject(new Error('Nobody is asked here.')),
  blob: () => Promise.reject(new Error('Nobody is asked here.')),
  stream: () => Promise.reject(new Error('Nobody is asked here.'))
};

export function makeHost(transport: Transport = silent, more: Partial<Host> = {}): Host {
  const client = new Client(transport);
  return {
    client,
    live: new Live(signal => client.events(signal)),
    words: wordsOfPage(),
    openRun: () => undefined,
    copy: text => void navigator.clipboard.writeText(text).catch(() => undefined),
    tell: () => undefined,
    remember: () => undefined,
    recall: () => Promise.resolve(null),
    ...more
  };
}
