/** What a run cost over its time, and what each cell of a notebook cost. */
import React, { useMemo, useState } from 'react';
import { Chart } from '../../components/Chart';
import { Section } from '../../components/Section';
import { isStatus, StatusMark } from '../../components/StatusMark';
import * as format from '../../format';
import { useHost, type Words } from '../../host';
import type { CellCost, Run } from '../../records';
import { visible } from '../../text';

const CLOCK = 'at_seconds';
const FEW_CELLS = 40;

export function Costs(props: { run: Run }): React.JSX.Element | null {
  const { words } = useHost();
  const { resources } = props.run;
  const seconds = resources?.series[CLOCK] ?? [];
  const names = Object.keys(resources?.series ?? {}).filter(
    name => name !== CLOCK && says(name, resources?.series[name] ?? [])
  );
  const cells = resources?.cells ?? [];
  if ((seconds.length < 2 || names.length === 0) && cells.length === 0) {
    return null;
  }
  return (
    <Section title={words.__('Resources')} name="resources">
      {seconds.length > 1 ? (
        <div className="nbm-charts">
          {names.map(name => (
            <Course
              key={name}
              title={titleOf(name, words)}
              seconds={seconds}
              values={resources?.series[name] ?? []}
              unit={unitOf(name)}
            />
          ))}
        </div>
      ) : null}
      {cells.length > 0 ? <Cells cells={cells} /> : null}
    </Section>
  );
}

/** Less traffic is the murmur of a machine. */
function says(name: string, values: readonly (number | null)[]): boolean {
  const least = name.endsWith('_bytes_per_second') ? 10_000 : 0;
  return (
    values.filter(each => each !== null).length > 1 && values.some(each => (each ?? 0) > least)
  );
}

function titleOf(name: string, words: Words): string {
  const known: Record<string, string> = {
    cpu_percent: words.__('CPU, % of a core'),
    memory_bytes: words.__('Memory')
  };
  const told = name.replace(/_(bytes_per_second|bytes|percent)$/, '').replace(/_/g, ' ');
  return known[name] ?? visible(told, 60);
}

function unitOf(name: string): (value: number | null) => string {
  if (/bytes_per_second$/.test(name)) {
    return value => (value === null ? '' : `${format.size(value)}/s`);
  }
  return /bytes$/.test(name) ? value => format.size(value) : value => format.tick(value);
}

function Course(props: {
  title: string;
  seconds: readonly (number | null)[];
  values: readonly (number | null)[];
  unit: (value: number | null) => string;
}): React.JSX.Element {
  const { title, seconds, values, unit } = props;
  const lines = useMemo(
    () => [{ label: title, x: seconds.map((each, at) => each ?? at), y: values }],
    [title, seconds, values]
  );
  return (
    <Chart
      title={title}
      lines={lines}
      xIsTime={false}
      isLog={false}
      height={110}
      unit={unit}
      xUnit={at => format.duration(at)}
    />
  );
}

function Cells(props: { cells: readonly CellCost[] }): React.JSX.Element {
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const { cells } = props;
  const table = (
    <table className="nbm-table">
      <thead>
        <tr>
          <th scope="col">{words.__('cell')}</th>
          <th scope="col" className="nbm-mod-numeric">
            {words.__('time')}
          </th>
          <th scope="col" className="nbm-mod-numeric">
            {words.__('CPU time')}
          </th>
          <th scope="col" className="nbm-mod-numeric">
            {words.__('peak memory')}
          </th>
        </tr>
      </thead>
      <tbody>
        {(isAll ? cells : cells.slice(0, FEW_CELLS)).map(cell => (
          <tr key={cell.number} title={cell.cell_id ? visible(cell.cell_id, 80) : undefined}>
            <th scope="row">
              {isStatus(cell.status) ? (
                <StatusMark status={cell.status} words={words} />
              ) : (
                visible(cell.status, 40)
              )}{' '}
              {cell.number} <span className="nbm-faint">{visible(cell.name, 80)}</span>
            </th>
            <td className="nbm-mod-numeric">{format.duration(cell.duration_seconds)}</td>
            <td className="nbm-mod-numeric">{format.duration(cell.cpu_seconds)}</td>
            <td className="nbm-mod-numeric">{format.size(cell.peak_memory_bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  return cells.length > FEW_CELLS ? (
    <>
      {table}
      <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
        {isAll ? words.__('Fewer') : words.__('%1 more', cells.length - FEW_CELLS)}
      </button>
    </>
  ) : (
    table
  );
}
