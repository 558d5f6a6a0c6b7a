/** What the table, the comparison and the reports under a cell have in common. */
import React from 'react';
import { createRoot } from 'react-dom/client';
import { HostProvider, type Host } from '../host';
import { makeHost } from './host';
import { InPlace } from './place';
import { about, type Around, type Given, type Model } from './model';
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
export function show({ model, el, around }: Given, view: React.JSX.Element): () => void {
  const root = createRoot(el);
  el.classList.add('nbm-root');
  if (around === undefined) {
    el.classList.add('nbm-under-cell', 'nbm-mod-view');
  }
  const transport = transportOf(model);
  const hostWith = ({ open, tell }: Around): Host => {
    const { workspace = '' } = about(model);
    return makeHost(transport, {
      openRun: run => open({ runs: [run], workspace }),
      openDrift: run => open({ runs: [run], workspace, view: 'drift' }),
      openComparison: runs => open({ runs, workspace }),
      tell
    });
  };
  root.render(
    around ? (
      <HostProvider value={hostWith(around)}>{view}</HostProvider>
    ) : (
      <InPlace model={model} el={el} transport={transport} hostWith={hostWith}>
        {view}
      </InPlace>
    )
  );
  return () => root.unmount();
}
