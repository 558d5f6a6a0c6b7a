/** What a cell did to its notebook, by names: made, changed, read, and what its numbers hang on. */
import React, { useState } from 'react';
import { Facts, type Fact } from '../../components/Facts';
import { Section } from '../../components/Section';
import * as format from '../../format';
import { useHost } from '../../host';
import type { Observed as Seen, Run } from '../../records';
import { visible } from '../../text';

const FEW = 24;
/** Which generator stands elsewhere, as nbmlops/capture tells it among the settings. */
const RANDOM = 'random numbers of ';

export function Observed(props: { run: Run }): React.JSX.Element | null {
  const { words } = useHost();
  const seen = props.run.observed;
  if (seen === null) {
    return null;
  }
  const named = (name: string, all: readonly string[]): Fact => ({
    name,
    value: all.length > 0 ? <Names names={all} /> : ''
  });
  const settings = seen.settings.filter(each => !each.startsWith(RANDOM));
  const facts: Fact[] = [
    named(words.__('made'), seen.bound),
    named(words.__('changed'), seen.mutated),
    named(words.__('perhaps changed'), seen.unsure),
    named(words.__('read'), seen.read),
    named(words.__('used'), seen.used),
    named(words.__('files'), seen.made_files),
    named(words.__('settings'), settings),
    {
      name: words.__('drew from'),
      value: drawnFrom(seen).join(', '),
      title: Object.entries(seen.random_states ?? {})
        .map(([name, state]) => `${visible(name, 60)}: ${visible(state, 80)}`)
        .join('\n')
    },
    ...seen.seeds.map((seed, at): Fact => ({
      name: at === 0 ? words.__('seeds') : '\u00a0',
      value: (
        <>
          <span className="nbm-mono">
            {visible(seed.given_to, 80)} {format.value(seed.value, 60)}
          </span>
          {seed.source ? <span className="nbm-faint"> {visible(seed.source, 80)}</span> : null}
        </>
      )
    }))
  ].filter(fact => fact.value !== '');
  if (facts.length === 0 && !seen.partial) {
    return null;
  }
  return (
    <Section title={words.__('What the cell did')} name="observed">
      <Facts facts={facts} />
      {seen.partial ? <p className="nbm-faint">{words.__('Looked at in part.')}</p> : null}
    </Section>
  );
}

function drawnFrom(seen: Seen): string[] {
  const told = seen.settings
    .filter(each => each.startsWith(RANDOM))
    .map(each => each.slice(RANDOM.length));
  return [...new Set([...told, ...Object.keys(seen.random_states ?? {})])].map(each =>
    visible(each, 60)
  );
}

/** Names with commas between; many of them only when they are asked for. */
export function Names(props: { names: readonly string[] }): React.JSX.Element {
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const { names } = props;
  const text = (isAll ? names : names.slice(0, FEW)).map(each => visible(each, 80)).join(', ');
  return (
    <>
      <span className="nbm-mono">{text}</span>
      {names.length > FEW ? (
        <>
          {' '}
          <button type="button" className="nbm-link" onClick={() => setAll(!isAll)}>
            {isAll ? words.__('Fewer') : words.__('%1 more', names.length - FEW)}
          </button>
        </>
      ) : null}
    </>
  );
}
