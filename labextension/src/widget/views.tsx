/** What the table and the comparison under a cell have in common. */
import React from 'react';
import { createRoot } from 'react-dom/client';
import { HostProvider, type Host } from '../host';
import { OPEN, type Opening } from '../opening';
import { makeHost } from './host';
import { about, type Given, type Model } from './model';
import { MessageTransport } from './transport';

const transports = new WeakMap<Model, MessageTransport>();

function hostOf(model: Model, el: HTMLElement): Host {
  let transport = transports.get(model);
  if (transport === undefined) {
    transport = new MessageTransport(model);
    transports.set(model, transport);
  }
  const open = (runs: readonly string[], view?: 'drift') => {
    const workspace = about(model)['workspace'] ?? '';
    const detail: Opening = { runs, workspace, ...(view ? { view } : {}) };
    el.dispatchEvent(new CustomEvent(OPEN, { bubbles: true, composed: true, detail }));
  };
  return makeHost(transport, {
    openRun: run => open([run]),
    openDrift: run => open([run], 'drift'),
    openComparison: runs => open(runs)
  });
}

/** Show a view in the output of a cell. */
export function show({ model, el }: Given, view: React.JSX.Element): () => void {
  const root = createRoot(el);
  el.classList.add('nbm-root', 'nbm-under-cell', 'nbm-mod-view');
  root.render(<HostProvider value={hostOf(model, el)}>{view}</HostProvider>);
  return () => root.unmount();
}
