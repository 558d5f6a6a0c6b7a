/** A part of a view with a heading that opens and closes it; what was closed stays closed. */
import React, { useId } from 'react';
import { useHost } from '../host';

const closed = new Map<string, boolean>();

export function Section(props: {
  title: string;
  name: string;
  count?: number | undefined;
  isClosedAtFirst?: boolean;
  actions?: React.ReactNode;
  children: React.ReactNode;
}): React.JSX.Element {
  const id = useId();
  const host = useHost();
  const [isOpen, setOpen] = React.useState(
    !(closed.get(props.name) ?? props.isClosedAtFirst ?? false)
  );
  React.useEffect(() => {
    let isGone = false;
    void host.recall(`section:${props.name}`).then(known => {
      if (typeof known === 'boolean' && !isGone) {
        closed.set(props.name, known);
        setOpen(!known);
      }
    });
    return () => {
      isGone = true;
    };
  }, [host, props.name]);
  const toggle = () => {
    closed.set(props.name, isOpen);
    host.remember(`section:${props.name}`, isOpen);
    setOpen(!isOpen);
  };
  return (
    <section className="nbm-section" aria-labelledby={id}>
      <div className="nbm-section-head">
        <h2 className="nbm-section-title" id={id}>
          <button type="button" aria-expanded={isOpen} onClick={toggle}>
            <span className="nbm-section-arrow" aria-hidden="true">
              {isOpen ? '▾' : '▸'}
            </span>
            {props.title}
            {props.count === undefined ? null : <span className="nbm-count">{props.count}</span>}
          </button>
        </h2>
        {isOpen ? props.actions : null}
      </div>
      {isOpen ? props.children : null}
    </section>
  );
}
