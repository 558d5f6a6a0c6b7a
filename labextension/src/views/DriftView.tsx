/** One report of drift: a verdict, then its columns by what matters, each of which opens. */
import React, { useCallback, useEffect, useMemo, useState } from 'react';
import { useAnswer, useChanges } from '../components/hooks';
import { ErrorNote } from '../components/Problem';
import { StateMark, stateWord } from '../components/StateMark';
import type { DriftReport } from '../drift';
import { STATES, type State } from '../drifts';
import { useHost } from '../host';
import { Head } from './drift/Head';
import { MonitorList, NoMonitor } from './drift/Monitors';
import { ReportTable, type Order } from './drift/ReportTable';

const BY_WEIGHT: Order = { key: 'weight', isUp: true };
const MANY = 100;

export function DriftView(props: {
  run: string;
  isShown: boolean;
  onReport?: (report: DriftReport) => void;
}): React.JSX.Element {
  const { run, isShown, onReport } = props;
  const { client, live, words } = useHost();
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound(before => before + 1), []);
  const { answer, error } = useAnswer(signal => client.driftReport(run, signal), run, round);
  // A report never changes; what comes later are other checks of its reference.
  const [looks, setLooks] = useState(0);
  useChanges(
    live,
    useCallback(() => setLooks(before => before + 1), []),
    isShown
  );
  const over = useAnswer(signal => client.driftTrends(run, signal), run, looks).answer;
  const monitors = useAnswer(signal => client.monitors(run, signal), run, looks).answer;
  useEffect(() => {
    if (answer) {
      onReport?.(answer.report);
    }
  }, [answer, onReport]);

  const [sought, setSought] = useState('');
  const [shown, setShown] = useState<readonly State[]>([]);
  const [order, setOrder] = useState<Order>(BY_WEIGHT);
  const [most, setMost] = useState(MANY);
  const columns = useMemo(() => answer?.report.columns ?? [], [answer]);
  const counts = useMemo(
    () => STATES.map(state => columns.filter(column => column.state === state).length),
    [columns]
  );
  const rows = useMemo(() => {
    const text = sought.trim().toLowerCase();
    return columns
      .map((_, at) => at)
      .filter(at => {
        const column = columns[at];
        return (
          column !== undefined &&
          (shown.length === 0 || shown.some(state => state === column.state)) &&
          (text === '' ||
            `${column.name} ${column.kind} ${column.role}`.toLowerCase().includes(text))
        );
      });
  }, [columns, sought, shown]);

  if (answer === null) {
    return error ? (
      <ErrorNote error={error} onRetry={again} />
    ) : (
      <div className="nbm-empty" role="status">
        {words.__('Reading…')}
      </div>
    );
  }
  const { report, told } = answer;
  const toggle = (state: State) =>
    setShown(before =>
      before.includes(state) ? before.filter(each => each !== state) : [...before, state]
    );
  return (
    <article className="nbm-drift" aria-label={words.__('Report of drift')}>
      <Head report={report} told={told} run={run} checks={over?.checks ?? []} />
      {monitors !== null && monitors.length > 0 ? (
        <MonitorList monitors={monitors} isShown={isShown} isBeside />
      ) : null}
      <div className="nbm-drift-bar" role="search" aria-label={words.__('Columns')}>
        <input
          className="nbm-input"
          type="search"
          aria-label={words.__('Filter columns')}
          placeholder={words.__('Filter columns')}
          value={sought}
          onChange={event => setSought(event.target.value)}
        />
        <div className="nbm-state-choice" role="group" aria-label={words.__('States')}>
          {STATES.map((state, at) =>
            (counts[at] ?? 0) > 0 ? (
              <button
                key={state}
                type="button"
                className="nbm-button nbm-mod-word"
                aria-pressed={shown.includes(state)}
                onClick={() => toggle(state)}
              >
                <StateMark state={state} words={words} />
                <span aria-hidden="true">{stateWord(state, words)}</span>
                <span className="nbm-count">{counts[at]}</span>
              </button>
            ) : null
          )}
        </div>
        <span className="nbm-spring" />
        <span className="nbm-faint" role="status">
          {rows.length === columns.length
            ? words._n('%1 column', '%1 columns', columns.length)
            : words.__('%1 of %2 columns', rows.length, columns.length)}
        </span>
      </div>
      <ReportTable
        report={report}
        told={told}
        over={over}
        run={run}
        rows={rows}
        most={most}
        order={order}
        onOrder={setOrder}
      />
      {rows.length > most ? (
        <button type="button" className="nbm-more" onClick={() => setMost(most + 10 * MANY)}>
          {words.__('%1 more columns', rows.length - most)}
        </button>
      ) : null}
      {monitors?.length === 0 ? <NoMonitor reference={report.reference.name} /> : null}
    </article>
  );
}
