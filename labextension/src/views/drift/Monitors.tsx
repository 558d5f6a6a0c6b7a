/** Monitors: what each has found, and its evidence over the looks against what an alarm needs. */
import React, { useState } from 'react';
import { Section } from '../../components/Section';
import { StateMark } from '../../components/StateMark';
import { ErrorNote } from '../../components/Problem';
import { useAnswer, useNow } from '../../components/hooks';
import type { EvidenceLine, MonitorTold } from '../../drift';
import { isState, type State } from '../../drifts';
import * as format from '../../format';
import { useHost, type Words } from '../../host';
import { visible } from '../../text';

const FEW = 6;

/** All monitors, in the panel. */
export function Monitors(props: {
  /** Asked again when it changes. */
  round: number;
  isShown: boolean;
}): React.JSX.Element | null {
  const { round, isShown } = props;
  const { client } = useHost();
  const { answer, error } = useAnswer(
    signal => client.monitors(undefined, signal),
    client.scope.workspace,
    round
  );
  if (answer === null) {
    return error ? <ErrorNote error={error} /> : null;
  }
  return <MonitorList monitors={answer} isShown={isShown} isBeside={false} />;
}

/** Monitors with their alarms; of none, how to add one. */
export function MonitorList(props: {
  monitors: readonly MonitorTold[];
  isShown: boolean;
  /** Beside a report, where it has more room and stands for its reference alone. */
  isBeside: boolean;
}): React.JSX.Element {
  const { monitors, isShown, isBeside } = props;
  const { words } = useHost();
  const now = useNow(30_000, isShown);
  const [most, setMost] = useState(FEW);
  const title = isBeside ? words.__('Monitors of this reference') : words.__('Monitors');
  const alarms = monitors.filter(monitor => monitor.state === 'drifted').length;
  const more = monitors.length - most;
  if (monitors.length === 0) {
    // What is closed here does not close the list that comes.
    return (
      <div className="nbm-monitors" data-beside={isBeside}>
        <Section title={words.__('Monitors')} name="no-monitors" isClosedAtFirst>
          <HowToAdd
            says={words.__(
              'No monitors yet. One looks at what is new, again and again, with few false alarms:'
            )}
            reference="X_train"
          />
        </Section>
      </div>
    );
  }
  return (
    <div className="nbm-monitors" data-beside={isBeside}>
      <Section
        title={
          alarms === 0 ? title : words._n('%2: %3 alarm', '%2: %3 alarms', alarms, title, alarms)
        }
        count={monitors.length}
        name="monitors"
      >
        <ul>
          {monitors.slice(0, most).map(monitor => (
            <Monitor key={monitor.name} monitor={monitor} now={now} />
          ))}
        </ul>
        {more > 0 ? (
          <button type="button" className="nbm-more" onClick={() => setMost(most + 10 * FEW)}>
            {words._n('%2 more monitor', '%2 more monitors', more, more)}
          </button>
        ) : null}
      </Section>
    </div>
  );
}

/** At the end of a report that nothing watches. */
export function NoMonitor(props: { reference: string }): React.JSX.Element {
  const { words } = useHost();
  return (
    <div className="nbm-monitors" data-beside>
      <HowToAdd
        says={words.__(
          'No monitor looks for drift from this reference. To look at all that comes:'
        )}
        reference={props.reference}
      />
    </div>
  );
}

function HowToAdd(props: { says: string; reference: string }): React.JSX.Element {
  const { says, reference } = props;
  // A name that a cell takes as it stands.
  const named = /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(reference) ? reference : 'X_train';
  const parts = ['%monitor add live', `--reference ${named}`, "--source 'logs/*.parquet'"];
  return (
    <div className="nbm-monitors-none">
      <p>{says}</p>
      <pre className="nbm-code">
        {parts.map(part => (
          <React.Fragment key={part}>
            <span className="nbm-monitors-part">{part}</span>{' '}
          </React.Fragment>
        ))}
        {'\n%monitor run live'}
      </pre>
    </div>
  );
}

function Monitor(props: { monitor: MonitorTold; now: number }): React.JSX.Element {
  const { monitor, now } = props;
  const host = useHost();
  const { words } = host;
  const { run } = monitor;
  const state: State = isState(monitor.state) ? monitor.state : 'untested';
  const label = words.__('Monitor %1: %2', monitor.name, monitor.says);
  return (
    <li className="nbm-monitor">
      <div className="nbm-monitor-head">
        <StateMark state={state} words={words} />
        {run === null ? (
          <strong className="nbm-monitor-name" title={monitor.source}>
            {visible(monitor.name, 60)}
          </strong>
        ) : (
          <a
            className="nbm-monitor-name nbm-run-name"
            href={`#${run}`}
            title={`${monitor.source}\n${monitor.promise}`}
            aria-label={label}
            onClick={event => {
              event.preventDefault();
              host.openRun(run);
            }}
          >
            {visible(monitor.name, 60)}
          </a>
        )}
        <span
          className="nbm-monitor-age"
          title={monitor.looked_at ? format.instant(monitor.looked_at) : ''}
        >
          {monitor.looked_at === null
            ? words.__('never looked')
            : words.__('looked %1', format.age(monitor.looked_at, now, words))}
        </span>
      </div>
      <p className="nbm-monitor-says">{visible(monitor.says, 600)}</p>
      {monitor.alarms.length > 0 || monitor.calm !== null ? (
        <ul className="nbm-monitor-lines">
          {monitor.alarms.map(line => (
            <Line key={line.name} line={line} monitor={monitor} />
          ))}
          {monitor.calm === null ? null : <Line line={monitor.calm} monitor={monitor} />}
        </ul>
      ) : null}
      {monitor.more_alarms > 0 ? (
        <p className="nbm-monitor-says">
          {words._n('%2 more alarm', '%2 more alarms', monitor.more_alarms, monitor.more_alarms)}
        </p>
      ) : null}
    </li>
  );
}

function Line(props: { line: EvidenceLine; monitor: MonitorTold }): React.JSX.Element {
  const { line, monitor } = props;
  const { words } = useHost();
  const state: State = isState(line.state) ? line.state : 'untested';
  const isAlarm = state === 'drifted';
  return (
    <li title={visible(line.change, 200)}>
      <StateMark state={state} words={words} />
      <span className="nbm-over-time-name">
        {isAlarm ? null : (
          <span className="nbm-monitor-nearest">{words.__('nearest to one:')} </span>
        )}
        {visible(line.name, 60)}
      </span>
      <EvidenceTrend line={line} monitor={monitor} />
      <span
        className="nbm-over-time-effect"
        title={words.__('Evidence; an alarm of one column alone needs %1', monitor.needed)}
      >
        {line.evidence}
      </span>
    </li>
  );
}

/** What the course of the evidence says to who cannot see it. */
export function evidenceLabel(line: EvidenceLine, monitor: MonitorTold, words: Words): string {
  const now = line.heights.at(-1) ?? 0;
  const said = words.__(
    '%1: evidence %2 after %3 looks, %4 % of what an alarm of it alone needs',
    visible(line.name, 60),
    line.evidence,
    monitor.look_count,
    now >= 1.5 ? words.__('more than 150') : Math.round(100 * now)
  );
  return line.state === 'drifted' ? `${said}; ${visible(line.change, 120)}` : said;
}

const [WIDTH, HEIGHT, MARGIN] = [96, 24, 3];
const TOP = 1.5; // what heights end at

function EvidenceTrend(props: { line: EvidenceLine; monitor: MonitorTold }): React.JSX.Element {
  const { line, monitor } = props;
  const { words } = useHost();
  const { heights, alarm_place: alarm } = line;
  const label = evidenceLabel(line, monitor, words);
  const x = (at: number) =>
    heights.length < 2 ? WIDTH / 2 : MARGIN + ((WIDTH - 2 * MARGIN) * at) / (heights.length - 1);
  const y = (height: number) => HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * height) / TOP;
  const path = heights
    .map((height, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(height).toFixed(1)}`)
    .join('');
  const dot = alarm ?? (heights.length === 1 ? 0 : null);
  return (
    <svg className="nbm-trend" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <title>{label}</title>
      <path className="nbm-trend-floor" d={`M0 ${y(1).toFixed(1)}H${WIDTH}`} />
      <path className="nbm-trend-line" d={path} />
      {dot === null ? null : (
        <circle
          className="nbm-trend-point"
          data-drifted={alarm !== null}
          cx={x(dot)}
          cy={y(heights[dot] ?? 0)}
          r={2.4}
        />
      )}
    </svg>
  );
}
