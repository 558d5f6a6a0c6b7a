/** What the table, the comparison and the reports under a cell have in common. */
import React from 'react';
import { createRoot } from 'react-dom/client';
import { HostProvider, type Host } from '../host';
import type { Opening } from '../opening';
import { makeHost } from './host';
import { InPlace } from './place';
import { about, type Given, type Model } from './model';
import { MessageTransport } from './transport';

const transports = new WeakMap<Model, MessageTransport>();

function transportOf(model: Model): MessageTransport {
  let transport = transports.get(model);
  if (transport === undefined) {
    transport = new MessageTransport(model);
    transports.set(model, transport);
  }
  return transport;
}

/** Show a view in the output of a cell, or in the place of another view. */
export function show({ model, el, open }: Given, view: React.JSX.Element): () => void {
  const root = createRoot(el);
  el.classList.add('nbm-root');
  if (open === undefined) {
    el.classList.add('nbm-under-cell', 'nbm-mod-view');
  }
  const transport = transportOf(model);
  const hostWith = (ask: (opening: Opening) => void, more: Partial<Host> = {}): Host => {
    const { workspace = '' } = about(model);
    return makeHost(transport, {
      openRun: run => ask({ runs: [run], workspace }),
      openDrift: run => ask({ runs: [run], workspace, view: 'drift' }),
      openComparison: runs => ask({ runs, workspace }),
      ...more
    });
  };
  root.render(
    open ? (
      <HostProvider value={hostWith(open)}>{view}</HostProvider>
    ) : (
      <InPlace model={model} el={el} transport={transport} hostWith={hostWith}>
        {view}
      </InPlace>
    )
  );
  return () => root.unmount();
}
