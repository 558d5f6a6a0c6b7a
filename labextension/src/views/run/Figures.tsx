/** The pictures of a run. */
import React, { useState } from 'react';
import { isPicture, Picture } from '../../components/Picture';
import { Section } from '../../components/Section';
import { useHost } from '../../host';
import type { Run } from '../../records';

const FEW = 12;

export function Figures(props: { run: Run }): React.JSX.Element | null {
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const figures = Object.values(props.run.artifacts).filter(isPicture);
  if (figures.length === 0) {
    return null;
  }
  return (
    <Section title={words.__('Figures')} name="figures" count={figures.length}>
      <div className="nbm-figures">
        {(isAll ? figures : figures.slice(0, FEW)).map(figure => (
          <Picture key={figure.name} id={props.run.id} figure={figure} />
        ))}
      </div>
      {figures.length > FEW ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', figures.length - FEW)}
        </button>
      ) : null}
    </Section>
  );
}
