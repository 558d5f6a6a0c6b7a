/** A picture of a run. It is shown as a picture only: nothing in it can act. */
import React, { useEffect, useState } from 'react';
import { useHost } from '../host';
import type { Artifact } from '../records';
import { visible } from '../text';

const PICTURES = /^image\/(png|jpeg|gif|webp|svg\+xml)$/;
const MOST_BYTES = 20_000_000;

export function isPicture(artifact: Artifact): boolean {
  return PICTURES.test(artifact.media_type) && artifact.size_bytes <= MOST_BYTES;
}

export function Picture(props: {
  id: string;
  figure: Artifact;
  caption?: React.ReactNode;
}): React.JSX.Element {
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
      <figcaption title={visible(figure.name, 300)}>
        {props.caption ?? visible(figure.name, 80)}
      </figcaption>
    </figure>
  );
}
