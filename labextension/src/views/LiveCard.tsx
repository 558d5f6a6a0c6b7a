/** A run while it goes on: its curves, how far it is, what it takes, and a way to stop it. */
import React, { useState } from 'react';
import { Chart } from '../components/Chart';
import { useNow } from '../components/hooks';
import { StatusMark } from '../components/StatusMark';
import { useStop, type Interrupt } from '../components/stop';
import * as format from '../format';
import { useHost, type Words } from '../host';
import type { Line } from '../lines';
import type { WireNumber } from '../records';
import { visible } from '../text';

const CHARTS = 4;
const TILES = 6;

/** What the kernel tells about a cell that runs; it tells parts of it again when they change. */
export interface Facts {
  readonly elapsed_seconds?: number;
  readonly done?: number;
  readonly total?: number;
  readonly remaining_seconds?: number | null;
  readonly before_seconds?: number | null;
  readonly metrics?: Readonly<Record<string, WireNumber>>;
  readonly best?: Readonly<Record<string, { readonly value: WireNumber; readonly name: string }>>;
  readonly peak_memory_bytes?: number | null;
  readonly resources?: Readonly<Record<string, readonly (number | null)[]>>;
  readonly is_heard?: boolean;
}

/** A metric's course, of which `count` points came. */
export interface LiveSeries {
  readonly name: string;
  readonly count: number;
  line(): Line;
}

export interface Going {
  readonly name: string;
  readonly experiment: string;
  readonly series: readonly LiveSeries[];
  readonly facts: Facts;
  /** When the latest facts came, in milliseconds of the page. */
  readonly toldAt: number;
  /** Counts what came, so that what is drawn is drawn anew. */
  readonly round: number;
}

export function LiveCard(props: {
  going: Going;
  /** Null where nothing that is said here reaches the kernel. */
  interrupt: Interrupt | null;
}): React.JSX.Element {
  const { going } = props;
  const { words } = useHost();
  const stop = useStop(props.interrupt);
  const { facts } = going;
  const now = useNow(1000);
  const since = Math.max(0, now - going.toldAt) / 1000;
  const peak = format.size(facts.peak_memory_bytes);
  return (
    <article
      className="nbm-live"
      aria-label={words.__('Run %1, which is running', visible(going.name, 80))}
    >
      <header className="nbm-live-head">
        <span className="nbm-live-title">
          <StatusMark status="running" words={words} />
          <strong>{visible(going.name, 80)}</strong>
          <span className="nbm-faint">{words.__('in %1', visible(going.experiment, 60))}</span>
        </span>
        <span className="nbm-live-facts">
          <span className="nbm-live-time">{clock((facts.elapsed_seconds ?? 0) + since)}</span>
          {peak ? <span>{words.__('%1 peak', peak)}</span> : null}
        </span>
        {stop ? (
          <button
            type="button"
            className="nbm-live-stop"
            disabled={stop.isStopping}
            title={words.__('Interrupt the kernel; what was recorded is kept')}
            onClick={stop.act}
          >
            <span aria-hidden="true">■</span>
            {stop.isStopping ? words.__('Stopping…') : words.__('Stop')}
          </button>
        ) : null}
      </header>
      {stop?.problem ? (
        <p className="nbm-trouble nbm-mod-error" role="alert">
          {visible(stop.problem, 300)}
        </p>
      ) : null}
      <Progress facts={facts} since={since} words={words} />
      <Tiles going={going} words={words} />
      <Curves going={going} words={words} />
      <Use facts={facts} words={words} />
    </article>
  );
}

function Progress(props: { facts: Facts; since: number; words: Words }): React.JSX.Element | null {
  const { facts, since, words } = props;
  const { done, total } = facts;
  if (done === undefined || total === undefined || total < 1) {
    const before = format.duration(facts.before_seconds);
    return before ? (
      <p className="nbm-live-before">{words.__('The run before took %1.', before)}</p>
    ) : null;
  }
  const share = Math.min(1, done / total);
  const left = facts.remaining_seconds;
  const told = [
    words.__('%1 of %2', format.number(done), format.number(total)),
    left === null || left === undefined || done >= total
      ? ''
      : words.__('about %1 left', roughly(Math.max(0, left - since)))
  ].filter(Boolean);
  return (
    <div className="nbm-live-progress">
      <div
        className="nbm-live-bar"
        role="progressbar"
        aria-label={words.__('Progress')}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={told.join(', ')}
      >
        <div style={{ transform: `scaleX(${share})` }} />
      </div>
      <span className="nbm-live-share">{Math.floor(share * 100)} %</span>
      <span className="nbm-faint">{told.join(' · ')}</span>
    </div>
  );
}

/** Numbers without a course; what has one stands above its curve. */
function Tiles(props: { going: Going; words: Words }): React.JSX.Element | null {
  const { going, words } = props;
  const drawn = new Set(curves(going).slice(0, CHARTS));
  const names = Object.keys(going.facts.metrics ?? {}).filter(
    name => !going.series.some(each => each.name === name && drawn.has(each))
  );
  if (names.length === 0) {
    return null;
  }
  return (
    <div className="nbm-live-tiles">
      {names.slice(0, TILES).map(name => (
        <span key={name}>
          <span className="nbm-faint">{visible(name, 40)}</span>{' '}
          <strong>{format.number(going.facts.metrics?.[name])}</strong>
        </span>
      ))}
      {names.length > TILES ? (
        <span className="nbm-faint">{words.__('%1 more', names.length - TILES)}</span>
      ) : null}
    </div>
  );
}

function curves(going: Going): LiveSeries[] {
  return going.series.filter(each => each.count > 1);
}

function Curves(props: { going: Going; words: Words }): React.JSX.Element | null {
  const { going, words } = props;
  const [isAll, setAll] = useState(false);
  const all = curves(going);
  if (all.length === 0) {
    return null;
  }
  return (
    <>
      <div className="nbm-live-charts" data-count={Math.min(all.length, CHARTS)}>
        {(isAll ? all : all.slice(0, CHARTS)).map(each => (
          <LiveCurve key={each.name} series={each} going={going} />
        ))}
      </div>
      {all.length > CHARTS ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', all.length - CHARTS)}
        </button>
      ) : null}
    </>
  );
}

function LiveCurve(props: { series: LiveSeries; going: Going }): React.JSX.Element {
  const { series, going } = props;
  const { words } = useHost();
  const lines = [series.line()];
  const best = going.facts.best?.[series.name];
  return (
    <div>
      <Chart
        title={visible(series.name, 60)}
        lines={lines}
        xIsTime={false}
        isLog={false}
        height={112}
        isLive
      />
      {best ? (
        <p className="nbm-live-best">
          {words.__('best so far %1, %2', format.number(best.value), visible(best.name, 40))}
        </p>
      ) : null}
    </div>
  );
}

/** What the cell takes of the machine, in a line. */
function Use(props: { facts: Facts; words: Words }): React.JSX.Element | null {
  const { facts, words } = props;
  const cpu = facts.resources?.['cpu_percent'] ?? [];
  const memory = facts.resources?.['memory_bytes'] ?? [];
  if (cpu.length < 2) {
    return null;
  }
  return (
    <div className="nbm-live-use">
      <Strip label={words.__('CPU')} values={cpu} told={`${Math.round(cpu.at(-1) ?? 0)} %`} />
      <Strip label={words.__('Memory')} values={memory} told={format.size(memory.at(-1) ?? 0)} />
    </div>
  );
}

function Strip(props: {
  label: string;
  values: readonly (number | null)[];
  told: string;
}): React.JSX.Element {
  const { label, values, told } = props;
  const most = Math.max(...values.map(each => each ?? 0), 1e-9);
  const width = 96;
  const points = values
    .map((each, at) => {
      const x = (at / Math.max(values.length - 1, 1)) * width;
      return `${x.toFixed(1)},${(15 - 13 * ((each ?? 0) / most)).toFixed(1)}`;
    })
    .join(' ');
  return (
    <span className="nbm-live-strip">
      <span className="nbm-faint">{label}</span>
      <svg width={width} height={16} viewBox={`0 0 ${width} 16`} aria-hidden="true">
        <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.2" />
      </svg>
      <span>{told}</span>
    </span>
  );
}

/** Time that goes on, in a form whose width does not jump. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A duration that is only an estimate, without digits that nobody knows. */
export function roughly(seconds: number): string {
  if (seconds < 60) {
    return `${Math.max(1, Math.round(seconds))} s`;
  }
  return format.duration(
    seconds < 3600 ? Math.round(seconds / 5) * 5 : Math.round(seconds / 60) * 60
  );
}
