/** That the kernel in front records where nobody looks: where that is, where this server looks, and
 * what to do. It stands below the list, whose rows stay where they are when it comes. */
import React from 'react';
import { adviceOf, kindOf, titleOf, type Finding } from '../elsewhere';
import type { Words } from '../words';
import { visible } from '../text';

export interface ElsewhereNoteProps {
  /** Null while there is nothing to say; the place where it is said has to be there before. */
  readonly finding: Finding | null;
  /** The notebook whose kernel it is. */
  readonly notebook: string;
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
  const [ofKernel, ofServer] = labels(finding, words);
  return (
    <>
      <strong>{titleOf(finding, props.notebook, words)}</strong>
      <dl>
        <dt>{ofKernel}</dt>
        <dd>
          <Location location={told.location} />
        </dd>
        {ofServer === null ? null : (
          <>
            <dt>{ofServer}</dt>
            <dd>
              <Location location={looked.location} />
            </dd>
          </>
        )}
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

/** What stands above the place of the kernel, and above that of the server where it is another one. */
function labels({ told, looked }: Finding, words: Words): [string, string | null] {
  const kind = kindOf({ told, looked });
  if (kind === 'late') {
    return [words.__('The kernel and this server name'), null];
  }
  const isFar = told.host !== looked.host;
  const [kernel, server] = [visible(told.host, 80), visible(looked.host, 80)];
  const ofKernel = isFar
    ? words.__('The kernel, on %1, records to', kernel)
    : words.__('The kernel records to');
  if (kind === 'known') {
    return [ofKernel, words.__('The settings beside the notebook say')];
  }
  return [
    ofKernel,
    isFar ? words.__('This server, on %1, looks at', server) : words.__('This server looks at')
  ];
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
    .split(/(NBMLOPS_WORKSPACE|postgresql:\/\/…|nbmlops doctor)/)
    .map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
