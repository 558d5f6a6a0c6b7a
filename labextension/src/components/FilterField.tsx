/** The field for a filter: completes keys, operators and values, and shows where an error is. */
import React, { useEffect, useId, useMemo, useRef, useState } from 'react';
import { complete, type Detail } from '../filters';
import { useHost, type Words } from '../host';
import type { FieldsAnswer } from '../routes';

export interface FilterProblem {
  readonly message: string;
  readonly hint: string;
  readonly position: number | null;
}

export function FilterField(props: {
  filter: string;
  fields: FieldsAnswer;
  experiments: readonly string[];
  problem: FilterProblem | null;
  onFilter: (filter: string) => void;
}): React.JSX.Element {
  const { words } = useHost();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(props.filter);
  const [cursor, setCursor] = useState(props.filter.length);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  useEffect(() => setText(props.filter), [props.filter]);

  const completion = useMemo(
    () => complete(text, cursor, props.fields, props.experiments),
    [text, cursor, props.fields, props.experiments]
  );
  const options = completion.options;
  const shown = open && options.length > 0;

  const take = (at: number) => {
    const option = options[at];
    if (option === undefined) {
      return;
    }
    const before = text.slice(0, completion.from) + option.text + ' ';
    const next = before + text.slice(completion.to).replace(/^\s+/, '');
    setText(next);
    setCursor(before.length);
    setChosen(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(before.length, before.length));
  };
  const apply = (filter: string) => {
    setOpen(false);
    setChosen(-1);
    props.onFilter(filter.trim());
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      setOpen(true);
      setChosen(at =>
        options.length
          ? (at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length
          : -1
      );
    } else if (
      event.key === 'Tab' &&
      shown &&
      !event.shiftKey &&
      (chosen >= 0 || completion.from < cursor)
    ) {
      event.preventDefault();
      take(Math.max(chosen, 0));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (shown && chosen >= 0) {
        take(chosen);
      } else {
        apply(text);
      }
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (shown) {
        setOpen(false);
      } else {
        setText(props.filter);
      }
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      setOpen(true);
    }
  };
  const follow = () => setCursor(input.current?.selectionStart ?? text.length);
  const problem = text === props.filter ? props.problem : null;

  return (
    <div
      className="nbm-filter"
      onBlur={event => event.currentTarget.contains(event.relatedTarget) || setOpen(false)}
    >
      <input
        ref={input}
        className="nbm-input nbm-filter-input"
        type="text"
        role="combobox"
        spellCheck={false}
        autoComplete="off"
        aria-label={words.__('Filter runs')}
        aria-expanded={shown}
        aria-controls={`${id}list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && chosen >= 0 ? `${id}${chosen}` : undefined}
        aria-invalid={problem !== null}
        aria-describedby={problem ? `${id}problem` : undefined}
        placeholder={words.__('Filter, as in metrics.auc > 0.8')}
        value={text}
        onChange={event => {
          setText(event.target.value);
          setCursor(event.target.selectionStart ?? event.target.value.length);
          setOpen(true);
          setChosen(-1);
          if (event.target.value === '') {
            props.onFilter('');
          }
        }}
        onKeyDown={onKeyDown}
        onKeyUp={follow}
        onClick={follow}
        onFocus={() => setOpen(text === '')}
      />
      {text ? (
        <button
          type="button"
          className="nbm-filter-clear"
          title={words.__('Clear the filter')}
          aria-label={words.__('Clear the filter')}
          onClick={() => {
            setText('');
            apply('');
            input.current?.focus();
          }}
        >
          ×
        </button>
      ) : null}
      {shown ? (
        <ul
          className="nbm-options"
          role="listbox"
          id={`${id}list`}
          aria-label={words.__('Completions')}
        >
          {options.map((option, at) => (
            <li
              key={option.detail + option.text}
              id={`${id}${at}`}
              role="option"
              aria-selected={at === chosen}
              className="nbm-option"
              ref={element => {
                if (at === chosen) {
                  element?.scrollIntoView({ block: 'nearest' });
                }
              }}
              onMouseDown={event => {
                event.preventDefault();
                take(at);
              }}
            >
              <span className="nbm-option-text">{option.text}</span>
              <span className="nbm-option-detail">{detailWord(option.detail, words)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {problem ? <Problem id={`${id}problem`} filter={props.filter} problem={problem} /> : null}
    </div>
  );
}

/** What is wrong with a filter, with the place marked in it. */
function Problem(props: { id: string; filter: string; problem: FilterProblem }): React.JSX.Element {
  const { filter, problem } = props;
  const first = problem.message.split('\n')[0] ?? '';
  const at = problem.position;
  const end = at === null ? 0 : at + Math.max(1, /^[\w.]*/.exec(filter.slice(at))?.[0].length ?? 1);
  return (
    <div className="nbm-problem" id={props.id} role="alert">
      {at !== null ? (
        <code className="nbm-problem-place">
          {filter.slice(Math.max(0, at - 40), at)}
          <mark>{filter.slice(at, end) || '␣'}</mark>
          {filter.slice(end, end + 40)}
        </code>
      ) : null}
      <span>{first}</span>
      {problem.hint ? <span className="nbm-faint"> {problem.hint}</span> : null}
    </div>
  );
}

/** What an option of the filter is, in words. */
function detailWord(detail: Detail, words: Words): string {
  return {
    metric: words.__('metric'),
    parameter: words.__('parameter'),
    attribute: words.__('attribute'),
    tag: words.__('tag'),
    operator: words.__('operator'),
    connector: words.__('and another term'),
    status: words.__('status'),
    experiment: words.__('experiment'),
    ago: words.__('ago')
  }[detail];
}
