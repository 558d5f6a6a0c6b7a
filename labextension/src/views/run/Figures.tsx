/** The pictures of a run. They are shown as pictures only: nothing in them can act. */
import React, { useEffect, useState } from 'react';
import { Section } from '../../components/Section';
import { useHost } from '../../host';
import type { Artifact, Run } from '../../records';
import { visible } from '../../text';

const PICTURES = /^image\/(png|jpeg|gif|webp|svg\+xml)$/;
const MOST_BYTES = 20_000_000;
const FEW = 12;

export function isPicture(artifact: Artifact): boolean {
  return PICTURES.test(artifact.media_type) && artifact.size_bytes <= MOST_BYTES;
}

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
          <Figure key={figure.name} id={props.run.id} figure={figure} />
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

function Figure(props: { id: string; figure: Artifact }): React.JSX.Element {
  const { id, figure } = props;
  const { client, words } = useHost();
  const [address, setAddress] = useState('');
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const asked = new AbortController();
    let made = '';
    client.artifact(id, figure.name, asked.signal).then(
      bytes => {
        made = URL.createObjectURL(new Blob([bytes], { type: figure.media_type }));
        setAddress(made);
      },
      (error: unknown) => asked.signal.aborted || setProblem(String(error))
    );
    return () => {
      asked.abort();
      URL.revokeObjectURL(made);
    };
  }, [client, id, figure.name, figure.digest, figure.media_type]);
  return (
    <figure className="nbm-figure">
      {address ? (
        <img src={address} alt={words.__('Figure %1', visible(figure.name, 80))} />
      ) : (
        <div className="nbm-figure-wait">{problem ? visible(problem, 200) : ''}</div>
      )}
      <figcaption title={figure.name}>{visible(figure.name, 80)}</figcaption>
    </figure>
  );
}
