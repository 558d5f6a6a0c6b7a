/** What a view shows in place of what it cannot show. */
import React from 'react';
import { ApiError, MissingServerError } from '../client';
import { useHost } from '../host';

const INSTALL = 'pip install --upgrade nbmlops && jupyter server extension enable nbmlops';

export function ErrorNote(props: { error: unknown; onRetry?: () => void }): React.JSX.Element {
  const { words, copy } = useHost();
  if (props.error instanceof MissingServerError) {
    return (
      <div className="nbm-empty" role="alert">
        <strong>{words.__('The server part of nbmlops is not there')}</strong>
        <p>
          {words.__(
            'This page has the panel, but the Jupyter server does not answer for it. Install nbmlops in the environment that the server runs in, and restart the server:'
          )}
        </p>
        <pre className="nbm-code">{INSTALL}</pre>
        <button type="button" className="nbm-button nbm-mod-word" onClick={() => copy(INSTALL)}>
          {words.__('Copy this line')}
        </button>
        <Retry onRetry={props.onRetry} />
      </div>
    );
  }
  const told = props.error instanceof ApiError ? props.error : null;
  const message =
    told?.message ?? (props.error instanceof Error ? props.error.message : String(props.error));
  return (
    <div className="nbm-empty" role="alert">
      <strong>{message}</strong>
      {told?.hint ? <p>{told.hint}</p> : null}
      <Retry onRetry={props.onRetry} />
    </div>
  );
}

function Retry(props: { onRetry: (() => void) | undefined }): React.JSX.Element | null {
  const { words } = useHost();
  return props.onRetry ? (
    <button type="button" className="nbm-button nbm-mod-word" onClick={props.onRetry}>
      {words.__('Try again')}
    </button>
  ) : null;
}
