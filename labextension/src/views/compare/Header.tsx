/** What is compared, the switch for what is the same, and the ways out: a link and files. */
import React, { useEffect, useRef, useState } from 'react';
import { IconButton } from '../../components/icons';
import { useHost } from '../../host';
import { useCompared } from './model';
import { formWord, FORMS, saveComparison, type Form } from './saving';

export function Header(props: { onOnlyDifferences: (only: boolean) => void }): React.JSX.Element {
  const host = useHost();
  const { words, copy, linkTo } = host;
  const { runs, onlyDifferences } = useCompared();
  const head = useRef<HTMLElement>(null);
  const ids = runs.map(run => run.id);
  const count = runs.length;

  const save = (form: Form) => {
    const view = head.current?.closest<HTMLElement>('.nbm-compare') ?? null;
    void saveComparison(host, ids, form, view);
  };
  return (
    <header ref={head} className="nbm-compare-head">
      <h1>{words._n('%1 run compared', '%1 runs compared', count)}</h1>
      <div className="nbm-actions">
        <label className="nbm-check">
          <input
            type="checkbox"
            role="switch"
            checked={onlyDifferences}
            onChange={event => props.onOnlyDifferences(event.target.checked)}
          />
          {words.__('Only differences')}
        </label>
        {linkTo ? (
          <IconButton
            icon="link"
            label={words.__('Copy link')}
            onClick={() => copy(linkTo(ids.join(',')))}
            withWord
          />
        ) : null}
        <Export onSave={save} />
      </div>
    </header>
  );
}

function Export(props: { onSave: (form: Form) => void }): React.JSX.Element {
  const host = useHost();
  const { words } = host;
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) {
      return undefined;
    }
    anchor.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const away = (event: MouseEvent) => {
      if (!anchor.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    document.addEventListener('mousedown', away, true);
    return () => document.removeEventListener('mousedown', away, true);
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    anchor.current?.querySelector<HTMLElement>('button')?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const items = [...(anchor.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (!isOpen || at < 0) {
      return;
    }
    event.stopPropagation();
    if (event.key === 'Escape') {
      close();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : items.length - 1;
      items[(at + by) % items.length]?.focus();
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
  };
  return (
    <div ref={anchor} className="nbm-menu-anchor" onKeyDown={onKeyDown}>
      <IconButton
        icon="down"
        label={words.__('Export')}
        expanded={isOpen}
        onClick={() => setOpen(before => !before)}
        withWord
      />
      {isOpen ? (
        <div className="nbm-menu nbm-mod-short" role="menu" aria-label={words.__('Export')}>
          {FORMS.map(form => (
            <button
              key={form}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className="nbm-menu-item"
              onClick={() => {
                close();
                props.onSave(form);
              }}
            >
              {formWord(form, host)}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
