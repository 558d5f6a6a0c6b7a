/** The letter of a run on a piece of its line. */
import React from 'react';
import { visible } from '../../text';
import { useCompared } from './model';

const FEW_NAMES = 3;

/** The piece of line and the letter; `withName` adds what the run is called. */
export function Mark(props: { id: string; withName?: boolean }): React.JSX.Element {
  const { looks, runs } = useCompared();
  const look = looks.get(props.id);
  const run = runs.find(each => each.id === props.id);
  const name = visible(run?.name ?? '', 80);
  return (
    <span className="nbm-mark" title={props.withName ? undefined : name}>
      <svg className="nbm-mark-line" width="16" height="10" aria-hidden="true">
        <line
          x1="0"
          y1="5"
          x2="16"
          y2="5"
          stroke={`var(${look?.variable ?? '--nbm-run-1'})`}
          strokeWidth="3"
          strokeDasharray={look?.dash.map(each => each * 0.6).join(' ')}
        />
      </svg>
      <b className="nbm-mark-letter">{look?.letter}</b>
      {props.withName ? <span className="nbm-mark-name">{name}</span> : null}
    </span>
  );
}

/** Several runs, as their letters; what few of them are called as well, `withNames`. */
export function Marks(props: { ids: readonly string[]; withNames?: boolean }): React.JSX.Element {
  const withName = props.withNames === true && props.ids.length <= FEW_NAMES;
  return (
    <span className="nbm-marks">
      {props.ids.map(id => (
        <Mark key={id} id={id} withName={withName} />
      ))}
    </span>
  );
}
