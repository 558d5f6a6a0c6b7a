/** That the kernel in front records where nobody looks: where that is, where this server looks, and
 * what to do. It stands below the list, whose rows stay where they are when it comes. */
import React from 'react';
import { adviceOf, titleOf, type Finding } from '../elsewhere';
import type { Words } from '../words';
import { visible } from '../text';

export interface ElsewhereNoteProps {
  /** Null while there is nothing to say; the place where it is said has to be there before. */
  readonly finding: Finding | null;
  readonly words: Words;
  readonly onShow: (workspace: string) => void;
}

export function ElsewhereNote(props: ElsewhereNoteProps): React.JSX.Element {
  const { finding } = props;
  return (
    <div role="status" className="nbm-elsewhere">
      {finding === null ? null : <Said {...props} finding={finding} />}
    </div>
  );
}

function Said(props: ElsewhereNoteProps & { finding: Finding }): React.JSX.Element {
  const { finding, words, onShow } = props;
  const { told, looked } = finding;
  const { foundIn } = looked;
  const isFar = told.host !== looked.host;
  return (
    <>
      <strong>{titleOf(finding, words)}</strong>
      <dl>
        <dt>
          {isFar
            ? words.__('The kernel, on %1, records to', name(told.host))
            : words.__('The kernel records to')}
        </dt>
        <dd>
          <Location location={told.location} />
        </dd>
        <dt>
          {isFar
            ? words.__('This server, on %1, looks at', name(looked.host))
            : words.__('This server looks at')}
        </dt>
        <dd>
          <Location location={looked.location} />
        </dd>
      </dl>
      {told.problem ? <p>{visible(told.problem, 400)}</p> : null}
      <p>{withCode(adviceOf(finding, words))}</p>
      {foundIn === null ? null : (
        <button
          type="button"
          className="nbm-button nbm-mod-word nbm-mod-main"
          onClick={() => onShow(foundIn)}
        >
          {words.__('Show its runs')}
        </button>
      )}
    </>
  );
}

function name(host: string): string {
  return visible(host, 80);
}

/** A path or an address, which breaks behind its slashes. */
function Location(props: { location: string }): React.JSX.Element {
  const parts = visible(props.location, 300).split(/(?<=\/)(?!\/)/);
  return (
    <code>
      {parts.map((part, at) => (
        <React.Fragment key={at}>
          {part}
          <wbr />
        </React.Fragment>
      ))}
    </code>
  );
}

/** A sentence, in which what is typed looks like it. */
function withCode(sentence: string): React.ReactNode[] {
  return sentence
    .split(/(NBMLOPS_WORKSPACE(?:=\S+)?|nbmlops doctor)/)
    .map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
