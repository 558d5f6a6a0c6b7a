/** What surrounds a run: tags, where and by whom, environment, git, resources, files, runs below. */
import React, { useState } from 'react';
import { Diff } from '../../components/Code';
import { Facts } from '../../components/Facts';
import { useAnswer } from '../../components/hooks';
import { IconButton } from '../../components/icons';
import { Section } from '../../components/Section';
import { isStatus, StatusMark } from '../../components/StatusMark';
import { offer } from '../../download';
import * as format from '../../format';
import { useHost } from '../../host';
import type { Artifact, Run } from '../../records';
import { link, visible } from '../../text';

const FEW_PACKAGES = 12;
const FEW_CHILDREN = 20;

export function Side(props: { run: Run; onChanged: () => void }): React.JSX.Element {
  const { run } = props;
  const { words } = useHost();
  return (
    <aside className="nbm-run-side" aria-label={words.__('About the run')}>
      <Tags run={run} onChanged={props.onChanged} />
      <Where run={run} />
      <Children run={run} />
      <Files run={run} />
    </aside>
  );
}

/** What the run stood on: the environment and the repository. */
export function Background(props: { run: Run }): React.JSX.Element {
  const { words } = useHost();
  return (
    <aside className="nbm-run-side" aria-label={words.__('Surroundings')}>
      <Surroundings run={props.run} />
      <Repository run={props.run} />
    </aside>
  );
}

function Tags(props: { run: Run; onChanged: () => void }): React.JSX.Element {
  const { run, onChanged } = props;
  const { client, words, tell } = useHost();
  const [text, setText] = useState('');
  const change = async (tags: Record<string, string | null>) => {
    try {
      await client.change(run.id, { tags });
      setText('');
      onChanged();
    } catch (error) {
      tell('error', error instanceof Error ? error.message : String(error));
    }
  };
  const add = () => {
    const [key = '', ...rest] = text.split('=');
    if (key.trim()) {
      void change({ [key.trim()]: rest.join('=').trim() || 'true' });
    }
  };
  return (
    <Section title={words.__('Tags')} name="tags">
      <div className="nbm-tags">
        {Object.entries(run.tags).map(([key, value]) => (
          <span key={key} className="nbm-tag">
            <span className="nbm-faint">{visible(key, 40)}</span> {visible(value, 80)}
            <button
              type="button"
              aria-label={words.__('Remove the tag %1', visible(key, 40))}
              title={words.__('Remove')}
              onClick={() => void change({ [key]: null })}
            >
              ×
            </button>
          </span>
        ))}
        <input
          className="nbm-input nbm-tag-new"
          placeholder={words.__('name=value')}
          aria-label={words.__('Add a tag, as name=value')}
          value={text}
          onChange={event => setText(event.target.value)}
          onKeyDown={event => {
            event.stopPropagation();
            if (event.key === 'Enter') {
              add();
            }
          }}
        />
      </div>
    </Section>
  );
}

function Where(props: { run: Run }): React.JSX.Element {
  const { run } = props;
  const { words, openRun } = useHost();
  const cell = run.cell;
  const parent = run.parent_id;
  return (
    <Section title={words.__('Run')} name="facts">
      <Facts
        facts={[
          { name: words.__('kind'), value: visible(run.kind, 40) },
          {
            name: words.__('notebook'),
            value: visible(cell?.notebook_name ?? '', 120),
            title: cell?.notebook_path ?? undefined
          },
          {
            name: words.__('execution'),
            value: cell?.execution_count ? `[${cell.execution_count}]` : ''
          },
          { name: words.__('cell'), value: visible(cell?.cell_id ?? '', 60), isCode: true },
          {
            name: words.__('code'),
            value: visible(cell?.digest.slice(0, 12) ?? '', 16),
            title: cell?.digest,
            isCode: true
          },
          {
            name: words.__('kernel'),
            value: visible(cell?.kernel_id?.slice(0, 8) ?? '', 12),
            title: cell?.kernel_id ?? undefined,
            isCode: true
          },
          { name: words.__('started'), value: format.instant(run.started_at) },
          { name: words.__('ended'), value: format.instant(run.ended_at) },
          { name: words.__('wall time'), value: format.duration(run.resources?.wall_seconds) },
          { name: words.__('CPU time'), value: format.duration(run.resources?.cpu_seconds) },
          {
            name: words.__('peak memory'),
            value: format.size(run.resources?.peak_memory_bytes),
            title:
              run.resources?.memory_exact === false ? words.__('of the whole process') : undefined
          },
          { name: words.__('user'), value: visible(run.user ?? '', 60) },
          { name: words.__('host'), value: visible(run.host ?? '', 60) },
          {
            name: words.__('part of'),
            value: parent ? (
              <button type="button" className="nbm-link" onClick={() => openRun(parent)}>
                {format.shortId(parent)}
              </button>
            ) : null
          },
          { name: words.__('id'), value: run.id, isCode: true }
        ]}
      />
    </Section>
  );
}

function Children(props: { run: Run }): React.JSX.Element | null {
  const { run } = props;
  const { client, words, openRun } = useHost();
  const { answer } = useAnswer(
    signal => client.children(run.id, signal),
    `${run.id}|${run.status}`
  );
  if (answer === null || answer.ids.length === 0) {
    return null;
  }
  const at = (name: string) => answer.columns.indexOf(name);
  return (
    <Section title={words.__('Runs below')} name="children" count={answer.ids.length}>
      <ul className="nbm-list">
        {answer.ids.slice(0, FEW_CHILDREN).map((id, row) => {
          const values = answer.rows[row] ?? [];
          const status = values[at('status')];
          return (
            <li key={id}>
              {isStatus(status) ? <StatusMark status={status} words={words} /> : null}{' '}
              <button type="button" className="nbm-link" onClick={() => openRun(id)}>
                {format.value(values[at('name')], 60)}
              </button>{' '}
              <span className="nbm-faint">
                {format.duration(values[at('duration_seconds')] as number | null)}
              </span>
            </li>
          );
        })}
      </ul>
      {answer.ids.length > FEW_CHILDREN ? (
        <div className="nbm-faint">{words.__('%1 more', answer.ids.length - FEW_CHILDREN)}</div>
      ) : null}
    </Section>
  );
}

function Files(props: { run: Run }): React.JSX.Element | null {
  const { run } = props;
  const { client, words, tell } = useHost();
  const files = Object.values(run.artifacts);
  if (files.length === 0) {
    return null;
  }
  const save = async (file: Artifact) => {
    try {
      const bytes = await client.artifact(run.id, file.name);
      const plain = new Blob([bytes], { type: 'application/octet-stream' });
      offer(plain, file.name.split('/').at(-1) ?? 'artifact');
    } catch (error) {
      tell('error', error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Section title={words.__('Artifacts')} name="artifacts" count={files.length}>
      <ul className="nbm-list">
        {files.map(file => (
          <li key={file.name}>
            <button
              type="button"
              className="nbm-link"
              title={`${visible(file.media_type, 80)}\n${file.digest}`}
              onClick={() => void save(file)}
            >
              {visible(file.name, 80)}
            </button>{' '}
            <span className="nbm-faint">
              {[file.kind === 'file' ? '' : visible(file.kind, 40), format.size(file.size_bytes)]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Surroundings(props: { run: Run }): React.JSX.Element | null {
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const environment = props.run.environment;
  if (environment === null) {
    return null;
  }
  const packages = Object.entries(environment.packages);
  const variables = Object.entries(environment.variables);
  const hidden = Math.max(packages.length - FEW_PACKAGES, 0) + variables.length;
  return (
    <Section title={words.__('Environment')} name="environment" count={packages.length}>
      <Facts
        facts={[
          { name: 'Python', value: visible(environment.python, 60) },
          { name: words.__('platform'), value: visible(environment.platform, 100) },
          {
            name: words.__('fingerprint'),
            value: visible(environment.digest.slice(0, 12), 16),
            title: environment.digest,
            isCode: true
          },
          ...(isAll ? packages : packages.slice(0, FEW_PACKAGES)).map(([name, version]) => ({
            name: visible(name, 60),
            value: visible(version, 60)
          })),
          ...(isAll ? variables : []).map(([name, value]) => ({
            name: visible(name, 60),
            value: visible(value, 120),
            isCode: true
          }))
        ]}
      />
      {hidden > 0 ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', hidden)}
        </button>
      ) : null}
    </Section>
  );
}

function Repository(props: { run: Run }): React.JSX.Element | null {
  const { words, copy } = useHost();
  const git = props.run.git;
  if (git === null) {
    return null;
  }
  const address = git.remote ? link(git.remote) : null;
  const commit = git.commit;
  return (
    <Section title={words.__('Git')} name="git">
      <Facts
        facts={[
          {
            name: words.__('commit'),
            value: commit ? (
              <>
                <span className="nbm-mono" title={visible(commit, 200)}>
                  {visible(commit.slice(0, 12), 16)}
                </span>
                <IconButton
                  icon="copy"
                  label={words.__('Copy the commit')}
                  className="nbm-mod-quiet"
                  onClick={() => copy(commit)}
                />
              </>
            ) : null
          },
          { name: words.__('branch'), value: visible(git.branch ?? '', 80) },
          {
            name: words.__('remote'),
            value: address ? (
              <a className="nbm-link" href={address} target="_blank" rel="noopener noreferrer">
                {visible(address, 80)}
              </a>
            ) : (
              visible(git.remote ?? '', 80)
            )
          },
          {
            name: words.__('state'),
            value: git.dirty ? words.__('uncommitted changes') : words.__('clean')
          }
        ]}
      />
      {git.diff ? <Diff diff={git.diff} label={words.__('Uncommitted changes')} /> : null}
    </Section>
  );
}
