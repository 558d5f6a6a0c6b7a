/** What a run was told to do, what it said, and what went wrong. */
import React from 'react';
import { Code, Lines } from '../../components/Code';
import { IconButton } from '../../components/icons';
import { Section } from '../../components/Section';
import * as format from '../../format';
import { useHost, type Words } from '../../host';
import type { Output, Run } from '../../records';
import { block, visible } from '../../text';

export function Source(props: { run: Run }): React.JSX.Element | null {
  const { words, copy } = useHost();
  const cell = props.run.cell;
  if (cell === null || cell.source === '') {
    return null;
  }
  const actions = (
    <IconButton icon="copy" label={words.__('Copy code')} onClick={() => copy(cell.source)} />
  );
  return (
    <Section title={words.__('Code as executed')} name="code" actions={actions}>
      <Code source={cell.source} label={words.__('Code as executed')} />
    </Section>
  );
}

export function Texts(props: { run: Run }): React.JSX.Element {
  const { words } = useHost();
  const titles: Record<string, string> = {
    stdout: words.__('Output'),
    stderr: words.__('Error output')
  };
  return (
    <>
      {Object.entries(props.run.outputs)
        .filter(([, output]) => output.size_bytes > 0)
        .map(([name, output]) => (
          <Section key={name} title={titles[name] ?? visible(name, 40)} name={`output-${name}`}>
            <Lines text={textOf(output, words)} label={titles[name] ?? name} />
          </Section>
        ))}
    </>
  );
}

function textOf(output: Output, words: Words): string {
  if (!output.tail) {
    return output.head;
  }
  const kept = new TextEncoder().encode(output.head + output.tail).length;
  const left = format.size(Math.max(output.size_bytes - kept, 0));
  return `${output.head}\n[… ${words.__('%1 left out', left)} …]\n${output.tail}`;
}

/** The exception and the warnings, on top because they are what is looked for. */
export function Troubles(props: { run: Run }): React.JSX.Element | null {
  const { run } = props;
  const { words } = useHost();
  if (run.error === null && run.warnings.length === 0) {
    return null;
  }
  return (
    <div className="nbm-troubles">
      {run.error ? (
        <details className="nbm-trouble nbm-mod-error">
          <summary>
            <span aria-hidden="true">✕ </span>
            <strong>{visible(run.error.type, 80)}</strong> {block(visible(run.error.message, 300))}
          </summary>
          {run.error.traceback ? (
            <Lines text={run.error.traceback} label={words.__('Traceback')} />
          ) : null}
        </details>
      ) : null}
      {run.warnings.map((warning, at) => (
        <div key={at} className="nbm-trouble nbm-mod-warning" title={visible(warning.code, 80)}>
          <span aria-hidden="true">! </span>
          {visible(warning.message, 400)}
        </div>
      ))}
    </div>
  );
}
