/** Pictures of the same name beside each other. */
import React, { useState } from 'react';
import { isPicture, Picture } from '../../components/Picture';
import { Section } from '../../components/Section';
import { useHost } from '../../host';
import { visible } from '../../text';
import { Mark } from './Mark';
import { isStrong, useCompared } from './model';

const FEW = 4;
const FEW_RUNS = 12;

export function Figures(): React.JSX.Element | null {
  const { words } = useHost();
  const compared = useCompared();
  const { comparison, runs, onlyDifferences } = compared;
  const [isAll, setAll] = useState(false);
  if (comparison.figures.length === 0) {
    return null;
  }
  const rows = comparison.figures.filter(row => row.differs || !onlyDifferences);
  const same = comparison.figures.length - rows.length;
  return (
    <Section title={words.__('Figures')} name="compare-figures" count={comparison.figures.length}>
      {(isAll ? rows : rows.slice(0, FEW)).map(row => (
        <div key={row.name} className="nbm-block">
          <div className="nbm-block-head">
            <strong>{visible(row.name, 80)}</strong>
            {row.differs ? null : <span className="nbm-faint">{words.__('the same bytes')}</span>}
          </div>
          <div className="nbm-figures">
            {runs.slice(0, isAll ? runs.length : FEW_RUNS).map(run => {
              const figure = row.figures[run.id];
              return figure !== undefined && isPicture(figure) ? (
                <div key={run.id} className={isStrong(compared, run.id) ? '' : 'nbm-mod-weak'}>
                  <Picture id={run.id} figure={figure} caption={<Mark id={run.id} withName />} />
                </div>
              ) : null;
            })}
          </div>
        </div>
      ))}
      {rows.length > FEW || (rows.length > 0 && runs.length > FEW_RUNS) ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('All pictures')}
        </button>
      ) : null}
      {same > 0 ? (
        <p className="nbm-says-same">
          {words._n(
            '%1 figure is the same in all runs.',
            '%1 figures are the same in all runs.',
            same
          )}
        </p>
      ) : null}
    </Section>
  );
}
