/** A unified diff in two columns: what was on the left, what is on the right. */
import React, { useMemo, useState } from 'react';
import { middle, pairsOf, type Pair } from '../diffs';
import { useHost, type Words } from '../host';
import { block, visible } from '../text';

const FEW = 60;

export function SideBySide(props: {
  diff: string;
  label: string;
  left: React.ReactNode;
  right: React.ReactNode;
}): React.JSX.Element {
  const { words } = useHost();
  const pairs = useMemo(() => pairsOf(props.diff), [props.diff]);
  const [isAll, setAll] = useState(false);
  return (
    <>
      <div className="nbm-side-by-side" tabIndex={0} role="group" aria-label={props.label}>
        <table>
          <colgroup>
            <col className="nbm-side-number" />
            <col />
            <col className="nbm-side-number" />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                {props.left}
              </th>
              <th scope="col" colSpan={2}>
                {props.right}
              </th>
            </tr>
          </thead>
          <tbody>
            {(isAll ? pairs : pairs.slice(0, FEW)).map((pair, at) => (
              <Row key={at} pair={pair} words={words} />
            ))}
          </tbody>
        </table>
      </div>
      {pairs.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Show less') : words.__('Show all %1 lines', pairs.length)}
        </button>
      ) : null}
    </>
  );
}

function Row(props: { pair: Pair; words: Words }): React.JSX.Element {
  const { pair, words } = props;
  if (pair.left === null && pair.right === null) {
    const count = Number(pair.note);
    const told =
      pair.kind === 'note'
        ? visible(pair.note, 300)
        : count > 0
          ? words._n('%1 line that is the same', '%1 lines that are the same', count)
          : '⋯';
    return (
      <tr className="nbm-side-gap">
        <td colSpan={4}>{told}</td>
      </tr>
    );
  }
  const sides = [pair.left, pair.right] as const;
  const texts = sides.map(side => (side === null ? '' : block(side.text)));
  const [before = '', after = ''] = texts;
  const parts = pair.kind === 'changed' ? middle(before, after) : null;
  return (
    <tr>
      {sides.map((side, at) => {
        const isOther = pair.kind !== 'same' && side !== null;
        const mark = !isOther ? '' : at === 0 ? 'nbm-mod-left' : 'nbm-mod-right';
        return (
          <React.Fragment key={at}>
            <td className={`nbm-side-number ${mark}`}>{side?.number}</td>
            <td className={`nbm-side-text ${side === null ? 'nbm-mod-void' : mark}`}>
              {isOther ? (
                <span className="nbm-side-sign" aria-label={signWord(at, words)}>
                  {at === 0 ? '−' : '+'}
                </span>
              ) : null}
              {parts ? <Marked text={texts[at] ?? ''} {...parts} /> : texts[at]}
            </td>
          </React.Fragment>
        );
      })}
    </tr>
  );
}

function signWord(at: number, words: Words): string {
  return at === 0 ? words.__('removed') : words.__('added');
}

function Marked(props: { text: string; start: number; end: number }): React.JSX.Element {
  const { text, start, end } = props;
  const last = text.length - end;
  return (
    <>
      {text.slice(0, start)}
      {last > start ? <mark>{text.slice(start, last)}</mark> : null}
      {text.slice(last)}
    </>
  );
}
