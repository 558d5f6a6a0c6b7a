/** What the table and the comparison under a cell have in common. */
import React, { useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { HostProvider, type Host } from '../host';
import { OPEN, opensTabs, type Opening } from '../opening';
import { Brief } from './brief';
import { makeHost } from './host';
import { about, type Given, type Model } from './model';
import { MessageTransport } from './transport';

const transports = new WeakMap<Model, MessageTransport>();

function hostOf(model: Model, el: HTMLElement, showBrief: (run: string) => void): Host {
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
  return makeHost(
    transport,
    opensTabs()
      ? {
          openRun: run => open([run]),
          openDrift: run => open([run], 'drift'),
          openComparison: runs => open(runs)
        }
      : { openRun: showBrief }
  );
}

function Shown(props: { given: Given; children: React.ReactNode }): React.JSX.Element {
  const { model, el } = props.given;
  const [run, setRun] = useState<string | null>(null);
  const host = useMemo(() => hostOf(model, el, setRun), [model, el]);
  return (
    <HostProvider value={host}>
      <div className="nbm-view" hidden={run !== null}>
        {props.children}
      </div>
      {run === null ? null : <Brief id={run} onBack={() => setRun(null)} />}
    </HostProvider>
  );
}

/** Show a view in the output of a cell. */
export function show(given: Given, view: React.JSX.Element): () => void {
  const { el } = given;
  const root = createRoot(el);
  el.classList.add('nbm-root', 'nbm-under-cell', 'nbm-mod-view');
  root.render(<Shown given={given}>{view}</Shown>);
  return () => root.unmount();
}
