/** What is compared, the switch for what is the same, and the ways out: a link and files. */
import React, { useEffect, useRef, useState } from 'react';
import { IconButton } from '../../components/icons';
import { offer } from '../../download';
import { useHost } from '../../host';
import { pictureOf } from './picture';
import { useCompared } from './model';

export function Header(props: { onOnlyDifferences: (only: boolean) => void }): React.JSX.Element {
  const { words, copy, linkTo, client, tell } = useHost();
  const { runs, onlyDifferences } = useCompared();
  const head = useRef<HTMLElement>(null);
  const ids = runs.map(run => run.id);
  const count = runs.length;

  const save = async (form: 'csv' | 'html' | 'png') => {
    try {
      if (form === 'png') {
        const view = head.current?.closest<HTMLElement>('.nbm-compare');
        if (view) {
          const title = words._n('Comparison of %1 run', 'Comparison of %1 runs', count);
          offer(await pictureOf(view, title), 'comparison.png');
        }
        return;
      }
      const file = await client.exportComparison(ids, form);
      offer(new Blob([file.text], { type: 'application/octet-stream' }), file.name);
    } catch (error) {
      tell('error', error instanceof Error ? error.message : String(error));
    }
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
        <Export onSave={form => void save(form)} />
      </div>
    </header>
  );
}

function Export(props: { onSave: (form: 'csv' | 'html' | 'png') => void }): React.JSX.Element {
  const { words } = useHost();
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
  const forms = [
    ['csv', words.__('Table (CSV)')],
    ['html', words.__('Page (HTML)')],
    ['png', words.__('Charts (PNG)')]
  ] as const;
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
          {forms.map(([form, label]) => (
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
              {label}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
