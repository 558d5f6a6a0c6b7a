/** What a person wrote about a run, in Markdown. */
import React, { useEffect, useRef, useState } from 'react';
import { IconButton } from '../../components/icons';
import { useHost } from '../../host';
import type { Run } from '../../records';
import { block } from '../../text';

export function Note(props: { run: Run; onChanged: () => void }): React.JSX.Element {
  const { run, onChanged } = props;
  const { client, words, tell } = useHost();
  const [text, setText] = useState<string | null>(null);
  const save = async (note: string) => {
    try {
      await client.change(run.id, { note });
      setText(null);
      onChanged();
    } catch (error) {
      tell('error', error instanceof Error ? error.message : String(error));
    }
  };
  if (text !== null) {
    return (
      <div className="nbm-note">
        <textarea
          className="nbm-input"
          aria-label={words.__('Note, in Markdown')}
          rows={5}
          autoFocus
          value={text}
          onChange={event => setText(event.target.value)}
          onKeyDown={event => {
            event.stopPropagation();
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              void save(text);
            } else if (event.key === 'Escape') {
              setText(null);
            }
          }}
        />
        <div className="nbm-actions">
          <button
            type="button"
            className="nbm-button nbm-mod-word nbm-mod-main"
            onClick={() => void save(text)}
          >
            {words.__('Save note')}
          </button>
          <button type="button" className="nbm-button nbm-mod-word" onClick={() => setText(null)}>
            {words.__('Cancel')}
          </button>
        </div>
      </div>
    );
  }
  if (run.note === '') {
    return (
      <button type="button" className="nbm-more nbm-note-add" onClick={() => setText('')}>
        {words.__('Add a note')}
      </button>
    );
  }
  return (
    <div className="nbm-note">
      <Markdown text={run.note} />
      <IconButton
        icon="edit"
        label={words.__('Edit the note')}
        className="nbm-mod-quiet"
        onClick={() => setText(run.note)}
      />
    </div>
  );
}

/** Markdown by the renderer that the host has, which sanitizes; plain text without one. */
function Markdown(props: { text: string }): React.JSX.Element {
  const { renderMarkdown } = useHost();
  const frame = useRef<HTMLDivElement>(null);
  const [isRendered, setRendered] = useState(false);
  useEffect(() => {
    let isGone = false;
    void renderMarkdown?.(props.text).then(node => {
      if (!isGone) {
        frame.current?.replaceChildren(node);
        setRendered(true);
      }
    });
    return () => {
      isGone = true;
    };
  }, [props.text, renderMarkdown]);
  return (
    <div className="nbm-note-text">
      <div ref={frame} />
      {isRendered ? null : <div className="nbm-plain">{block(props.text)}</div>}
    </div>
  );
}
