/** What is opened from a widget. JupyterLab's page opens it; where no page does, as in VS Code, it
 * stands in the widget's own place, with a way back, and its module comes from the kernel. */
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ErrorNote } from '../components/Problem';
import { HostProvider, useHost, type Host } from '../host';
import { isAtHome, OPEN, type Opening } from '../opening';
import { visible } from '../text';
import type { Around, Given, Model } from './model';
import type { MessageTransport } from './transport';

interface Told {
  readonly message: string;
  readonly undo?: (() => void) | undefined;
}

interface Loaded {
  readonly render: (given: Given) => () => void;
  readonly css: string;
}

export function InPlace(props: {
  model: Model;
  el: HTMLElement;
  transport: MessageTransport;
  hostWith: (around: Around) => Host;
  children: React.JSX.Element;
}): React.JSX.Element {
  const { model, el, transport, hostWith, children } = props;
  const [opened, setOpened] = useState<readonly Opening[]>([]);
  const [told, setTold] = useState<Told | null>(null);
  const open = useCallback(
    (detail: Opening) => {
      if (isAtHome()) {
        el.dispatchEvent(new CustomEvent(OPEN, { bubbles: true, composed: true, detail }));
      } else {
        setOpened(before => [...before, detail]);
        setTold(null);
      }
    },
    [el]
  );
  const around = useMemo<Around>(
    () => ({ open, tell: (_, message, undo) => setTold({ message, undo }) }),
    [open]
  );
  const host = useMemo(() => hostWith(around), [hostWith, around]);
  const back = () => {
    setOpened(before => before.slice(0, -1));
    setTold(null);
    host.live.nudge(); // what was changed there stands in the view here as well
  };
  const top = opened.at(-1);
  useEffect(() => {
    el.classList.toggle('nbm-mod-opened', opened.length > 0);
    el.scrollTop = 0;
  }, [el, opened.length]);
  return (
    <HostProvider value={host}>
      <div className="nbm-opened-from" hidden={top !== undefined}>
        {children}
      </div>
      {top ? (
        <Opened
          key={opened.length}
          model={model}
          transport={transport}
          opening={top}
          around={around}
          onBack={back}
        />
      ) : null}
      {told ? <Notice told={told} onDone={() => setTold(null)} /> : null}
    </HostProvider>
  );
}

function Notice(props: { told: Told; onDone: () => void }): React.JSX.Element {
  const { told, onDone } = props;
  const { words } = useHost();
  const { undo } = told;
  return (
    <p className="nbm-opened-told" role="status">
      <span>{visible(told.message, 300)}</span>
      {undo ? (
        <button
          type="button"
          className="nbm-link"
          onClick={() => {
            undo();
            onDone();
          }}
        >
          {words.__('Undo')}
        </button>
      ) : null}
    </p>
  );
}

function Opened(props: {
  model: Model;
  transport: MessageTransport;
  opening: Opening;
  around: Around;
  onBack: () => void;
}): React.JSX.Element {
  const { model, transport, opening, around, onBack } = props;
  const { words } = useHost();
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [css, setCss] = useState('');
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const before = document.activeElement;
    button.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  useEffect(() => {
    const { name, about } = sortOf(opening);
    const own = ownModel(model, about);
    let leave: (() => void) | null = null;
    let isLeft = false;
    load(transport, name).then(
      loaded => {
        if (!isLeft && place.current) {
          setCss(loaded.css);
          leave = loaded.render({ model: own.model, el: place.current, around });
        }
      },
      (why: unknown) => setError(why)
    );
    return () => {
      isLeft = true;
      leave?.();
      own.leave();
    };
  }, [model, transport, opening, around]);
  return (
    <>
      <div className="nbm-opened-bar">
        <button
          type="button"
          ref={button}
          className="nbm-button nbm-mod-word"
          onClick={onBack}
          title={words.__('Back to what was here before')}
        >
          <span aria-hidden="true">←</span> {words.__('Back')}
        </button>
      </div>
      {error ? <ErrorNote error={error} /> : null}
      <style>{css}</style>
      <div ref={place} className="nbm-opened" />
    </>
  );
}

/** Which module shows it, and what that is about. */
function sortOf(opening: Opening): { name: string; about: Readonly<Record<string, unknown>> } {
  const { runs, workspace, view } = opening;
  const [run] = runs;
  if (runs.length > 1) {
    return { name: 'comparison', about: { runs, workspace } };
  }
  return { name: view ?? 'one_run', about: { run, workspace } };
}

/** A widget's model as one that is about something else; `leave` takes its listeners away. */
function ownModel(
  model: Model,
  about: Readonly<Record<string, unknown>>
): { model: Model; leave: () => void } {
  const heard: (readonly [string, (...given: never[]) => void])[] = [];
  return {
    model: {
      get: name => (name === 'about' ? about : model.get(name)),
      on: (name, call) => {
        heard.push([name, call]);
        model.on(name, call);
      },
      off: (name, call) => model.off(name, call),
      send: content => model.send(content)
    },
    leave: () => {
      for (const [name, call] of heard) {
        model.off(name, call);
      }
    }
  };
}

async function load(transport: MessageTransport, name: string): Promise<Loaded> {
  const { esm, css } = await transport.module(name);
  const url = URL.createObjectURL(new Blob([esm], { type: 'text/javascript' }));
  try {
    const loaded = (await import(/* webpackIgnore: true */ url)) as { default: Loaded };
    return { render: loaded.default.render, css };
  } finally {
    URL.revokeObjectURL(url);
  }
}
