/** The state of a column or of a report of drift: a mark and a word; color only repeats them. */
import React from 'react';
import type { State } from '../drifts';
import type { Words } from '../host';

const MARKS: Readonly<Record<State, string>> = {
  drifted: '●',
  tiny: '◐',
  none: '○',
  untested: '–'
};

export function stateWord(state: State, words: Words): string {
  switch (state) {
    case 'drifted':
      return words.__('drifted');
    case 'tiny':
      return words.__('tiny');
    case 'none':
      return words.__('no drift');
    case 'untested':
      return words.__('untested');
  }
}

export function StateMark(props: {
  state: State;
  words: Words;
  spoken?: boolean;
}): React.JSX.Element {
  const word = stateWord(props.state, props.words);
  return (
    <span className="nbm-state" data-state={props.state} title={word}>
      <span className="nbm-state-mark" aria-hidden="true">
        {MARKS[props.state]}
      </span>
      <span className={props.spoken ? '' : 'nbm-unseen'}>{word}</span>
    </span>
  );
}
