/** The state of a run: a mark, a word for who cannot see it, and a color that never speaks alone. */
import React from 'react';
import type { Words } from '../host';
import type { Status } from '../records';

const MARKS: Readonly<Record<Status, string>> = {
  pending: '○',
  running: '●',
  succeeded: '✓',
  failed: '✕',
  cancelled: '■',
  reused: '↺',
  lost: '?'
};

export function isStatus(text: unknown): text is Status {
  return typeof text === 'string' && text in MARKS;
}

export function statusWord(status: Status, words: Words): string {
  switch (status) {
    case 'pending':
      return words.__('pending');
    case 'running':
      return words.__('running');
    case 'succeeded':
      return words.__('succeeded');
    case 'failed':
      return words.__('failed');
    case 'cancelled':
      return words.__('cancelled');
    case 'reused':
      return words.__('reused');
    case 'lost':
      return words.__('lost');
  }
}

export function StatusMark(props: {
  status: Status;
  words: Words;
  spoken?: boolean;
}): React.JSX.Element {
  const word = statusWord(props.status, props.words);
  return (
    <span className="nbm-status" data-status={props.status} title={word}>
      <span className="nbm-status-mark" aria-hidden="true">
        {MARKS[props.status]}
      </span>
      <span className={props.spoken ? 'nbm-status-word' : 'nbm-unseen'}>{word}</span>
    </span>
  );
}
