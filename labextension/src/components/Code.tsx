/** Source code with the colors of the notebook's own editor, and texts of many lines. */
import React, { useMemo, useState } from 'react';
import { useHost } from '../host';
import { pieces } from '../python';
import { block } from '../text';

/** Beyond this, colors cost more than they tell. */
const MOST_COLORED = 100_000;
const FEW_LINES = 40;

export function Code(props: { source: string; label: string }): React.JSX.Element {
  const source = block(props.source);
  const shown = useMemo(
    () =>
      source.length > MOST_COLORED ? [{ kind: 'plain' as const, text: source }] : pieces(source),
    [source]
  );
  return (
    <Long text={source} label={props.label}>
      {shown.map((piece, at) =>
        piece.kind === 'plain' ? (
          piece.text
        ) : (
          <span key={at} className={`nbm-code-${piece.kind}`}>
            {piece.text}
          </span>
        )
      )}
    </Long>
  );
}

/** A text as it was printed. */
export function Lines(props: { text: string; label: string }): React.JSX.Element {
  const text = block(props.text);
  return (
    <Long text={text} label={props.label}>
      {text}
    </Long>
  );
}

/** A unified diff, its lines marked by their first character and by color. */
export function Diff(props: { diff: string; label: string }): React.JSX.Element {
  const text = block(props.diff);
  return (
    <Long text={text} label={props.label}>
      {text.split('\n').map((line, at) => (
        <span
          key={at}
          className={
            line.startsWith('+')
              ? 'nbm-added'
              : line.startsWith('-')
                ? 'nbm-removed'
                : line.startsWith('@@')
                  ? 'nbm-faint'
                  : ''
          }
        >
          {line + '\n'}
        </span>
      ))}
    </Long>
  );
}

function Long(props: {
  text: string;
  label: string;
  children: React.ReactNode;
}): React.JSX.Element {
  const { words } = useHost();
  const lines = props.text.split('\n').length;
  const [isWhole, setWhole] = useState(false);
  const isLong = lines > FEW_LINES;
  return (
    <>
      <pre
        className={`nbm-code ${isLong && !isWhole ? 'nbm-mod-clipped' : ''}`}
        tabIndex={0}
        role="group"
        aria-label={props.label}
      >
        {props.children}
      </pre>
      {isLong ? (
        <button type="button" className="nbm-more" onClick={() => setWhole(!isWhole)}>
          {isWhole ? words.__('Show less') : words.__('Show all %1 lines', lines)}
        </button>
      ) : null}
    </>
  );
}
