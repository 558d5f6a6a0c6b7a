/** What a run is called, how it went, and what can be done with it. */
import React, { useState } from 'react';
import { IconButton } from '../../components/icons';
import { useNow } from '../../components/hooks';
import { StatusMark } from '../../components/StatusMark';
import { interruptOf, useStop } from '../../components/stop';
import { REPORT } from '../../drifts';
import * as format from '../../format';
import { useHost } from '../../host';
import type { Run } from '../../records';
import { visible } from '../../text';

export function Header(props: { run: Run; onChanged: () => void }): React.JSX.Element {
  const { run, onChanged } = props;
  const host = useHost();
  const { client, words } = host;
  const isRunning = run.status === 'running';
  const now = useNow(isRunning ? 1000 : 60_000);
  const seconds = isRunning
    ? Math.floor((now - Date.parse(run.started_at)) / 1000)
    : run.duration_seconds;
  const peak = format.size(run.resources?.peak_memory_bytes);

  const change = async (act: () => Promise<unknown>) => {
    try {
      await act();
      onChanged();
      host.live.nudge();
    } catch (error) {
      host.tell('error', error instanceof Error ? error.message : String(error));
    }
  };
  const isDeleted = run.deleted_at !== null;
  const toggle = () =>
    change(async () => {
      if (isDeleted) {
        await client.restore([run.id]);
        return;
      }
      await client.remove([run.id]);
      host.tell(
        'info',
        words.__('%1 is deleted', visible(run.name, 60)),
        () => void change(() => client.restore([run.id]))
      );
    });
  const path = run.cell?.notebook_path;
  const stop = useStop(interruptOf(host, run));
  return (
    <header className="nbm-run-head">
      <div className="nbm-run-title">
        <Name name={run.name} onName={name => void change(() => client.change(run.id, { name }))} />
        <div className="nbm-actions">
          {stop ? (
            <IconButton
              icon="stop"
              label={stop.isStopping ? words.__('Stopping…') : words.__('Stop')}
              disabled={stop.isStopping}
              onClick={stop.act}
              withWord
            />
          ) : null}
          {REPORT in run.artifacts && host.openDrift ? (
            <IconButton
              icon="open"
              label={words.__('Open report')}
              onClick={() => host.openDrift?.(run.id)}
              withWord
            />
          ) : null}
          {path && host.openNotebook ? (
            <IconButton
              icon="notebook"
              label={words.__('Open notebook')}
              onClick={() => host.openNotebook?.(path, run.cell?.cell_id ?? null)}
              withWord
            />
          ) : null}
          {host.linkTo ? (
            <IconButton
              icon="link"
              label={words.__('Copy link')}
              onClick={() => host.copy(host.linkTo?.(run.id) ?? '')}
              withWord
            />
          ) : null}
          <IconButton
            icon={isDeleted ? 'restore' : 'trash'}
            label={isDeleted ? words.__('Restore') : words.__('Delete')}
            onClick={() => void toggle()}
            withWord
          />
        </div>
      </div>
      <div className="nbm-run-meta">
        <StatusMark status={run.status} words={words} spoken />
        {isDeleted ? <span className="nbm-chip">{words.__('deleted')}</span> : null}
        <span>{visible(run.experiment, 80)}</span>
        <span title={format.instant(run.started_at)}>{format.age(run.started_at, now, words)}</span>
        {seconds === null ? null : (
          <span className={isRunning ? 'nbm-mod-going' : ''}>{format.duration(seconds)}</span>
        )}
        {peak ? <span>{words.__('%1 peak', peak)}</span> : null}
        <button
          type="button"
          className="nbm-id"
          title={words.__('Copy the id %1', run.id)}
          onClick={() => host.copy(run.id)}
        >
          {format.shortId(run.id)}
        </button>
      </div>
      {stop?.problem ? (
        <p className="nbm-trouble nbm-mod-error" role="alert">
          {visible(stop.problem, 300)}
        </p>
      ) : null}
      {run.reason ? <p className="nbm-run-reason">{visible(run.reason, 400)}</p> : null}
    </header>
  );
}

function Name(props: { name: string; onName: (name: string) => void }): React.JSX.Element {
  const { words } = useHost();
  const [text, setText] = useState<string | null>(null);
  if (text === null) {
    return (
      <h1 className="nbm-run-name-line">
        {visible(props.name, 200) || words.__('unnamed')}
        <IconButton
          icon="edit"
          label={words.__('Rename')}
          className="nbm-mod-quiet"
          onClick={() => setText(props.name)}
        />
      </h1>
    );
  }
  const done = (name: string) => {
    setText(null);
    if (name.trim() && name.trim() !== props.name) {
      props.onName(name.trim());
    }
  };
  return (
    <input
      className="nbm-input nbm-run-rename"
      aria-label={words.__('Name')}
      autoFocus
      value={text}
      onChange={event => setText(event.target.value)}
      onBlur={() => done(text)}
      onKeyDown={event => {
        event.stopPropagation();
        if (event.key === 'Enter') {
          done(text);
        } else if (event.key === 'Escape') {
          setText(null);
        }
      }}
    />
  );
}
