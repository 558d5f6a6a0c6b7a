/** The code that ran, as variants: which runs ran which, and each beside the first. */
import React, { useState } from 'react';
import { Code as Source } from '../../components/Code';
import { useAnswer } from '../../components/hooks';
import { Section } from '../../components/Section';
import { SideBySide } from '../../components/SideBySide';
import type { CodeVariant } from '../../comparison';
import { useHost, type Words } from '../../host';
import { Mark, Marks } from './Mark';
import { useCompared } from './model';

const FEW = 4;

export function Code(): React.JSX.Element | null {
  const { words } = useHost();
  const { comparison, first } = useCompared();
  const [isAll, setAll] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const others = comparison.code.filter(variant => variant.state !== 'same');
  const base = comparison.code.find(variant => variant.state === 'same');
  if (others.every(variant => variant.state === 'missing') && base === undefined) {
    return null;
  }
  const actions = base ? (
    <button
      type="button"
      className="nbm-switch"
      aria-pressed={isWhole}
      onClick={() => setWhole(!isWhole)}
    >
      {words.__('whole code')}
    </button>
  ) : null;
  return (
    <Section title={words.__('Code')} name="compare-code" actions={actions}>
      {others.length === 0 ? (
        <p className="nbm-says-same">{words.__('All runs ran the same code.')}</p>
      ) : null}
      {base && others.length > 0 && base.run_ids.length > 1 ? (
        <p className="nbm-says-same">
          <Marks ids={base.run_ids} /> {words.__('ran the same code.')}
        </p>
      ) : null}
      {(isAll ? others : others.slice(0, FEW)).map(variant => (
        <Variant key={variant.run_ids.join()} variant={variant} />
      ))}
      {others.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', others.length - FEW)}
        </button>
      ) : null}
      {isWhole ? (
        <div className="nbm-block">
          <div className="nbm-block-head">
            <Mark id={first} withName />
          </div>
          <Whole id={first} />
        </div>
      ) : null}
    </Section>
  );
}

function Variant(props: { variant: CodeVariant }): React.JSX.Element {
  const { variant } = props;
  const { words } = useHost();
  const { first, looks } = useCompared();
  const letters = variant.run_ids.map(id => looks.get(id)?.letter ?? '').join(', ');
  return (
    <div className="nbm-block">
      <div className="nbm-block-head">
        <Marks ids={variant.run_ids} />
        <span className="nbm-faint">{stateWord(variant, words)}</span>
        {variant.added + variant.removed > 0 ? (
          <span className="nbm-faint">
            <span className="nbm-added">+{variant.added}</span>{' '}
            <span className="nbm-removed">−{variant.removed}</span>
          </span>
        ) : null}
      </div>
      {variant.diff ? (
        <SideBySide
          diff={variant.diff}
          label={words.__('How the code of %1 differs', letters)}
          left={<Mark id={first} withName />}
          right={<Marks ids={variant.run_ids} withNames />}
        />
      ) : null}
    </div>
  );
}

function stateWord(variant: CodeVariant, words: Words): string {
  const told: Record<string, string> = {
    differs: words.__('other code'),
    parameters: words.__('the same but for values of parameters'),
    formatting: words.__('the same but for comments and layout'),
    missing: words.__('no code was recorded to compare')
  };
  return told[variant.state] ?? '';
}

function Whole(props: { id: string }): React.JSX.Element | null {
  const { client, words } = useHost();
  const { answer } = useAnswer(signal => client.run(props.id, signal), props.id);
  return answer?.cell ? (
    <Source source={answer.cell.source} label={words.__('Code as executed')} />
  ) : null;
}
