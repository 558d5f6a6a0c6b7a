/** The choice of columns: which are shown, in which order, and which stay in sight. */
import React, { useEffect, useMemo, useRef, useState } from 'react';
import { available, groupOf, labelOf, widthOf, type TableChoice } from '../columns';
import { useHost } from '../host';
import type { FieldsAnswer } from '../routes';
import { IconButton } from './icons';

const MOST_OFFERED = 200;

export function ColumnsMenu(props: {
  choice: TableChoice;
  fields: FieldsAnswer;
  /** What else is chosen of a table. */
  more?: React.ReactNode;
  onChoice: (choice: TableChoice | null) => void;
  onClose: () => void;
}): React.JSX.Element {
  const { choice, fields, onChoice, onClose } = props;
  const { words } = useHost();
  const panel = useRef<HTMLDivElement>(null);
  const [search, setSearch] = useState('');
  useEffect(() => panel.current?.querySelector('input')?.focus(), []);
  useEffect(() => {
    const away = (event: MouseEvent) => {
      if (!panel.current?.parentElement?.contains(event.target as Node)) {
        onClose();
      }
    };
    document.addEventListener('mousedown', away, true);
    return () => document.removeEventListener('mousedown', away, true);
  }, [onClose]);

  const shown = choice.columns.map(column => column.key);
  const offered = useMemo(() => {
    const wanted = search.toLowerCase();
    return available(fields).filter(
      key =>
        key.toLowerCase().includes(wanted) || labelOf(key, words).toLowerCase().includes(wanted)
    );
  }, [fields, search, words]);
  const rest = offered.filter(key => !shown.includes(key));

  const toggle = (key: string) => {
    const columns = shown.includes(key)
      ? choice.columns.filter(column => column.key !== key)
      : [...choice.columns, { key, width: widthOf(key) }];
    if (columns.length > 0) {
      const at = shown.indexOf(key);
      const pinned = at >= 0 && at < choice.pinned ? choice.pinned - 1 : choice.pinned;
      onChoice({ ...choice, columns, pinned });
    }
  };
  const shift = (at: number, by: number) => {
    const columns = [...choice.columns];
    const [moved] = columns.splice(at, 1);
    if (moved) {
      columns.splice(at + by, 0, moved);
      onChoice({ ...choice, columns });
    }
  };
  const groups = ['attribute', 'metric', 'parameter', 'tag'] as const;
  const titles = {
    attribute: words.__('Of every run'),
    metric: words.__('Metrics'),
    parameter: words.__('Parameters'),
    tag: words.__('Tags')
  };

  return (
    <div
      ref={panel}
      className="nbm-menu"
      role="dialog"
      aria-label={words.__('Columns')}
      onKeyDown={event => {
        event.stopPropagation();
        if (event.key === 'Escape') {
          onClose();
        }
      }}
    >
      <input
        className="nbm-input"
        type="search"
        placeholder={words.__('Find a column')}
        aria-label={words.__('Find a column')}
        value={search}
        onChange={event => setSearch(event.target.value)}
      />
      <div className="nbm-menu-list">
        <div className="nbm-label">{words.__('Shown')}</div>
        {choice.columns.map((column, at) => (
          <div key={column.key} className="nbm-menu-row">
            <label className="nbm-menu-check">
              <input type="checkbox" checked onChange={() => toggle(column.key)} />
              <span className="nbm-menu-name">{labelOf(column.key, words)}</span>
            </label>
            <IconButton
              icon="pin"
              label={
                at < choice.pinned
                  ? words.__('Let %1 scroll', labelOf(column.key, words))
                  : words.__('Keep columns up to %1 in sight', labelOf(column.key, words))
              }
              pressed={at < choice.pinned}
              onClick={() => onChoice({ ...choice, pinned: at < choice.pinned ? at : at + 1 })}
            />
            <IconButton
              icon="up"
              label={words.__('Move %1 to the left', labelOf(column.key, words))}
              disabled={at === 0}
              onClick={() => shift(at, -1)}
            />
            <IconButton
              icon="down"
              label={words.__('Move %1 to the right', labelOf(column.key, words))}
              disabled={at === choice.columns.length - 1}
              onClick={() => shift(at, 1)}
            />
          </div>
        ))}
        {groups.map(group => {
          const keys = rest.filter(key => groupOf(key) === group);
          return keys.length === 0 ? null : (
            <React.Fragment key={group}>
              <div className="nbm-label">{titles[group]}</div>
              {keys.slice(0, MOST_OFFERED).map(key => (
                <label key={key} className="nbm-menu-row nbm-menu-check">
                  <input type="checkbox" checked={false} onChange={() => toggle(key)} />
                  <span className="nbm-menu-name">{labelOf(key, words)}</span>
                </label>
              ))}
              {keys.length > MOST_OFFERED ? (
                <div className="nbm-faint nbm-menu-row">
                  {words.__('%1 more: type to find them', keys.length - MOST_OFFERED)}
                </div>
              ) : null}
            </React.Fragment>
          );
        })}
      </div>
      {props.more}
      <button type="button" className="nbm-button nbm-mod-word" onClick={() => onChoice(null)}>
        {words.__('As it was in the beginning')}
      </button>
    </div>
  );
}
