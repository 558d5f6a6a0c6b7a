/** Where a run's data and models came from and what became of them, as a small graph. */
import React, { useMemo, useRef, useState } from 'react';
import { useAnswer, useWidth } from '../../components/hooks';
import { Icon, type IconName } from '../../components/icons';
import { Section } from '../../components/Section';
import { StatusMark } from '../../components/StatusMark';
import * as format from '../../format';
import { useHost, type Words } from '../../host';
import {
  graphOf,
  isAlone,
  layOut,
  litWith,
  pathOf,
  type Column,
  type Edge,
  type Node,
  type RunNode,
  type ToldBy
} from '../../lineage';
import type { Run } from '../../records';
import type { Lineage as Found, Link, Thing } from '../../routes';
import { visible } from '../../text';

const COLUMNS: readonly Column[] = [0, 1, 2, 3, 4];
const ALL = 1000;
const EDGES = 4; // room for the outlines of the first and the last column

export function Lineage(props: { run: Run; round: number }): React.JSX.Element | null {
  const { run, round } = props;
  const { client, words } = useHost();
  const { answer } = useAnswer(
    signal => client.lineage(run.id, signal),
    `${run.id}|${run.status}`,
    round
  );
  if (answer === null || answer.run.id !== run.id || isAlone(answer)) {
    return null;
  }
  return (
    <Section title={words.__('Lineage')} name="lineage">
      <Picture lineage={answer} />
    </Section>
  );
}

function Picture(props: { lineage: Found }): React.JSX.Element {
  const { lineage } = props;
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const [over, setOver] = useState<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const graph = useMemo(() => graphOf(lineage, isAll ? ALL : undefined), [lineage, isAll]);
  const layout = useMemo(() => layOut(graph, width - EDGES), [graph, width]);
  const missing = lineage.more_count + lineage.child_count - lineage.children.length;
  const lit = over === null ? null : litWith(graph, over);
  const isLit = (edge: Edge) => lit === null || (lit.has(edge.from) && lit.has(edge.to));
  const told = (['content', 'file', 'name'] as const).filter(each =>
    graph.edges.some(edge => edge.toldBy === each)
  );
  return (
    <>
      <div
        className="nbm-lineage"
        ref={frame}
        role="group"
        aria-label={words.__('Lineage of %1', visible(lineage.run.name, 80))}
        tabIndex={layout.width > width - EDGES ? 0 : undefined}
      >
        <div style={{ position: 'relative', width: layout.width, height: layout.height }}>
          <svg width={layout.width} height={layout.height} aria-hidden="true">
            {graph.edges.map(edge => (
              <path
                key={`${edge.from}>${edge.to}`}
                className={`nbm-lineage-edge ${isLit(edge) ? '' : 'nbm-mod-dim'}`}
                data-told-by={edge.toldBy ?? undefined}
                d={pathOf(edge, layout)}
              />
            ))}
          </svg>
          {COLUMNS.filter(column => graph.nodes.some(node => node.column === column)).map(
            column => (
              <ul key={column} className="nbm-lineage-column" aria-label={headOf(column, words)}>
                {graph.nodes
                  .filter(node => node.column === column)
                  .sort(
                    (a, b) => (layout.boxes.get(a.key)?.y ?? 0) - (layout.boxes.get(b.key)?.y ?? 0)
                  )
                  .map(node => {
                    const box = layout.boxes.get(node.key);
                    return (
                      <li
                        key={node.key}
                        className={lit === null || lit.has(node.key) ? '' : 'nbm-mod-dim'}
                        style={{ left: box?.x, top: box?.y, width: box?.width }}
                        onMouseEnter={() => setOver(node.key)}
                        onMouseLeave={() => setOver(null)}
                        onFocus={() => setOver(node.key)}
                        onBlur={() => setOver(null)}
                      >
                        <NodeBox node={node} />
                      </li>
                    );
                  })}
              </ul>
            )
          )}
        </div>
      </div>
      <div className="nbm-lineage-foot">
        {told.map(each => (
          <span key={each} className="nbm-faint">
            <svg width="26" height="8" aria-hidden="true">
              <path className="nbm-lineage-edge" data-told-by={each} d="M0 4H26" />
            </svg>
            {tellsSo(each, words)}
          </span>
        ))}
        {graph.leftOut > 0 || isAll ? (
          <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
            {isAll ? words.__('Fewer') : words.__('%1 more', graph.leftOut)}
          </button>
        ) : null}
        {missing > 0 ? (
          <span className="nbm-faint">{words.__('%1 are left out', missing)}</span>
        ) : null}
        {lineage.partial ? (
          <span className="nbm-faint">
            {words.__('not everything was looked at, to stay within the time allowed')}
          </span>
        ) : null}
      </div>
    </>
  );
}

function NodeBox(props: { node: Node }): React.JSX.Element {
  const { node } = props;
  const { words } = useHost();
  if (node.is === 'run') {
    return <RunBox node={node} />;
  }
  if (node.is === 'file') {
    const parts = node.path.replaceAll('\\', '/').split('/');
    const name = parts.pop() || node.path;
    return (
      <Box
        icon="file"
        title={visible(name, 80)}
        detail={visible(parts.join('/'), 120) || words.__('file')}
        tip={visible(node.path, 400)}
      />
    );
  }
  if (node.is === 'unknown') {
    return (
      <Box
        icon="more"
        className="nbm-mod-unknown"
        title={words.__('not recorded')}
        detail={words.__('a cell not tracked?')}
        tip={words.__(
          'No run is known to have made this. It may come from a cell that was not tracked.'
        )}
      />
    );
  }
  const { thing } = node;
  return (
    <Box
      icon={thing.kind}
      title={visible(thing.name, 120)}
      detail={detailOf(thing, words)}
      tip={tipOf(thing, words)}
    />
  );
}

function Box(props: {
  icon: IconName;
  title: string;
  detail: string;
  tip: string;
  className?: string;
}): React.JSX.Element {
  return (
    <div className={`nbm-lineage-thing ${props.className ?? ''}`} title={props.tip}>
      <Icon name={props.icon} />
      <span className="nbm-lineage-title">{props.title}</span>
      <span className="nbm-lineage-detail">{props.detail}</span>
    </div>
  );
}

function RunBox(props: { node: RunNode }): React.JSX.Element {
  const { node } = props;
  const { words, openRun } = useHost();
  const { run } = node;
  const isSelf = node.as === 'self';
  const detail = [
    isSelf ? words.__('this run') : visible(run.kind, 20),
    run.is_deleted && !isSelf ? words.__('deleted') : '',
    !isSelf && run.started_at ? format.age(run.started_at, Date.now(), words) : ''
  ].filter(Boolean);
  const inner = (
    <>
      <StatusMark status={run.status} words={words} />
      <span className="nbm-lineage-title">{visible(run.name, 80)}</span>
      <span className="nbm-lineage-detail">{detail.join(' · ')}</span>
    </>
  );
  const told = node.links.map(({ thing, link }) => linkTold(node.as, thing, link, words));
  const about = [
    visible(run.name, 200),
    visible(run.experiment, 200),
    run.started_at ? format.instant(run.started_at) : ''
  ];
  const tip = [...about.filter(Boolean), ...told].join('\n');
  if (isSelf) {
    return (
      <div className="nbm-lineage-run nbm-mod-self" title={tip} aria-current="true">
        {inner}
      </div>
    );
  }
  return (
    <button type="button" className="nbm-lineage-run" title={tip} onClick={() => openRun(run.id)}>
      {inner}
      <span className="nbm-unseen">{told.join('. ')}</span>
    </button>
  );
}

function headOf(column: Column, words: Words): string {
  switch (column) {
    case 0:
      return words.__('Where it came from');
    case 1:
      return words.__('Used');
    case 2:
      return words.__('The run, what it is part of, and the runs below it');
    case 3:
      return words.__('Made');
    case 4:
      return words.__('Used by');
  }
}

function tellsSo(by: ToldBy, words: Words): string {
  switch (by) {
    case 'content':
      return words.__('same content');
    case 'file':
      return words.__('same file');
    case 'name':
      return words.__('same variable');
  }
}

function linkTold(as: RunNode['as'], thing: Thing, link: Link, words: Words): string {
  const name = visible(thing.name, 80);
  const why =
    link.told_by === 'name'
      ? words.__('same variable; no tracked cell bound it in between')
      : tellsSo(link.told_by, words);
  const told =
    as === 'maker' ? words.__('made %1 (%2)', name, why) : words.__('used %1 (%2)', name, why);
  const others = link.run_count - 1;
  const more =
    others < 1
      ? ''
      : as === 'maker'
        ? words._n('%1 other run made the same', '%1 other runs made the same', others)
        : words._n('%1 other run used it', '%1 other runs used it', others);
  return [told, more].filter(Boolean).join('; ');
}

function detailOf(thing: Thing, words: Words): string {
  switch (thing.kind) {
    case 'model':
      return visible(thing.type_name.replace(/^.*\./, ''), 60);
    case 'values':
      return words.__('values');
    case 'file':
      return visible(thing.role, 20);
    case 'data':
      return [visible(thing.role, 20), format.shape(thing.shape)].filter(Boolean).join(' · ');
  }
}

function tipOf(thing: Thing, words: Words): string {
  return [
    visible(thing.name, 400),
    visible(thing.type_name, 120),
    thing.trained_on ? words.__('trained on %1', visible(thing.trained_on, 80)) : '',
    thing.source ? visible(thing.source, 300) : '',
    thing.digest ? words.__('fingerprint %1', visible(thing.digest, 64)) : ''
  ]
    .filter(Boolean)
    .join('\n');
}
