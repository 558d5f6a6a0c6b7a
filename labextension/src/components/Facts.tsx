/** Names and values, one under the other; what is empty is left out. */
import React from 'react';

export interface Fact {
  readonly name: string;
  readonly value: React.ReactNode;
  readonly title?: string | undefined;
  readonly isCode?: boolean;
}

export function Facts(props: { facts: readonly Fact[] }): React.JSX.Element {
  const told = props.facts.filter(
    fact => fact.value !== '' && fact.value !== null && fact.value !== undefined
  );
  return (
    <dl className="nbm-facts">
      {told.map((fact, at) => (
        <React.Fragment key={`${fact.name}${at}`}>
          <dt>{fact.name}</dt>
          <dd className={fact.isCode ? 'nbm-mono' : ''} title={fact.title}>
            {fact.value}
          </dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
