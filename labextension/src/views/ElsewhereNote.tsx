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
        <dt>{words.__('Kernel')}</dt>
        <dd>
          <Place location={told.location} host={isFar ? told.host : ''} words={words} />
        </dd>
        <dt>{words.__('Server')}</dt>
        <dd>
          <Place location={looked.location} host={isFar ? looked.host : ''} words={words} />
        </dd>
      </dl>
      {told.problem ? <p>{visible(told.problem, 400)}</p> : null}
      <p>{adviceOf(finding, words)}</p>
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

function Place(props: { location: string; host: string; words: Words }): React.JSX.Element {
  const { location, host, words } = props;
  return (
    <>
      <code>{visible(location, 300)}</code>
      {host ? ` ${words.__('on %1', visible(host, 80))}` : ''}
    </>
  );
}
