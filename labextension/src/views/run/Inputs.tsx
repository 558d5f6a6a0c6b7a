/** What went into a run: parameters, models, and data down to the column. */
import React, { useState } from 'react';
import { Section } from '../../components/Section';
import type { DataChange } from '../../comparison';
import * as format from '../../format';
import { useHost } from '../../host';
import type { Dataset, FittedModel, ParamValue, Run } from '../../records';
import { clip, visible } from '../../text';
import type { Before } from './before';
import { Names } from './Observed';

const FEW_COLUMNS = 12;

export function Params(props: { run: Run; before: Before | null }): React.JSX.Element | null {
  const { run, before } = props;
  const { words } = useHost();
  const names = Object.keys(run.params);
  if (names.length === 0) {
    return null;
  }
  const rows = new Map(before?.comparison.params.map(row => [row.name, row]));
  const was = (name: string): ParamValue | undefined => {
    const row = rows.get(name);
    return row?.differs && before ? row.values[before.id] : undefined;
  };
  const isNew = (name: string) => {
    const row = rows.get(name);
    return row?.differs === true && before !== null && !(before.id in row.values);
  };
  return (
    <Section title={words.__('Parameters')} name="params" count={names.length}>
      <table className="nbm-table">
        <tbody>
          {names.map(name => {
            const source = run.param_sources[name] ?? 'explicit';
            const earlier = was(name);
            const [told, toldEarlier] = format.apart([run.params[name], earlier], 400);
            return (
              <tr
                key={name}
                className={earlier !== undefined || isNew(name) ? 'nbm-mod-changed' : ''}
              >
                <th scope="row">{visible(name, 80)}</th>
                <td className="nbm-mono" title={format.exact(run.params[name], 2000)}>
                  {told}
                </td>
                <td className="nbm-faint">
                  {earlier !== undefined
                    ? words.__('was %1', clip(toldEarlier ?? '', 80))
                    : isNew(name)
                      ? words.__('new')
                      : ''}
                </td>
                <td className="nbm-faint" title={visible(source, 200)}>
                  {source === 'explicit' || source === 'literal' ? '' : visible(source, 60)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}

export function Models(props: { run: Run }): React.JSX.Element | null {
  const { words } = useHost();
  const models = Object.values(props.run.models);
  if (models.length === 0) {
    return null;
  }
  return (
    <Section title={words.__('Models')} name="models" count={models.length}>
      {models.map(model => (
        <Model key={model.name} model={model} />
      ))}
    </Section>
  );
}

function Model(props: { model: FittedModel }): React.JSX.Element {
  const { model } = props;
  const { words } = useHost();
  const [isAll, setAll] = useState(false);
  const [isNaming, setNaming] = useState(false);
  const changed = new Set(model.changed);
  const names = Object.keys(model.params);
  const shown = isAll
    ? [...names].sort((a, b) => Number(changed.has(b)) - Number(changed.has(a)))
    : names.filter(name => changed.has(name));
  const usual = names.length - changed.size;
  const facts = [
    model.train_dataset ? words.__('trained on %1', visible(model.train_dataset, 60)) : '',
    model.fit_count > 1 ? words.__('the last of %1 fits', format.number(model.fit_count)) : '',
    format.duration(model.fit_seconds),
    model.artifact ? words.__('kept as %1', visible(model.artifact, 60)) : '',
    format.size(model.size_bytes)
  ].filter(Boolean);
  const features = model.feature_names;
  return (
    <div className="nbm-block">
      <div className="nbm-block-head">
        <strong>{visible(model.name, 80)}</strong>
        <span className="nbm-mono" title={model.class_name}>
          {visible(model.class_name.replace(/^.*\./, ''), 80)}
        </span>
        <span className="nbm-faint">{facts.join(' · ')}</span>
      </div>
      {shown.length > 0 ? (
        <table className="nbm-table">
          <tbody>
            {shown.map(name => (
              <tr key={name} className={changed.has(name) ? 'nbm-mod-changed' : ''}>
                <th scope="row">{visible(name, 80)}</th>
                <td className="nbm-mono" title={format.exact(model.params[name], 2000)}>
                  {format.value(model.params[name], 200)}
                </td>
                <td className="nbm-faint">{changed.has(name) ? '' : words.__('default')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {usual > 0 ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll
            ? words.__('Only what was changed')
            : words._n('%1 parameter as by default', '%1 parameters as by default', usual)}
        </button>
      ) : null}
      {features.length > 0 ? (
        <button
          type="button"
          className="nbm-more"
          aria-expanded={isNaming}
          onClick={() => setNaming(!isNaming)}
        >
          {isNaming
            ? words.__('Hide features')
            : words._n('%1 feature', '%1 features', features.length)}
        </button>
      ) : null}
      {isNaming ? (
        <div>
          <Names names={features} />
        </div>
      ) : null}
    </div>
  );
}

export function Data(props: { run: Run; before: Before | null }): React.JSX.Element | null {
  const { run, before } = props;
  const { words } = useHost();
  const datasets = Object.values(run.datasets);
  if (datasets.length === 0) {
    return null;
  }
  const changes = new Map(
    before?.comparison.data.map(row => [`${row.role}\n${row.name}`, row.changes[run.id]])
  );
  return (
    <Section title={words.__('Data')} name="data" count={datasets.length}>
      {datasets.map(each => (
        <DatasetBlock
          key={`${each.role}${each.name}`}
          dataset={each}
          change={changes.get(`${each.role}\n${each.name}`)}
        />
      ))}
    </Section>
  );
}

function DatasetBlock(props: {
  dataset: Dataset;
  change: DataChange | undefined;
}): React.JSX.Element {
  const { dataset, change } = props;
  const { words } = useHost();
  const [isOpen, setOpen] = useState(false);
  const [isAll, setAll] = useState(false);
  const changed = new Map(change?.columns.map(column => [column.name, column.change]));
  const columns = [...dataset.columns].sort(
    (a, b) => Number(changed.has(b.name)) - Number(changed.has(a.name))
  );
  const shown = isAll ? columns : columns.slice(0, FEW_COLUMNS);
  return (
    <div className="nbm-block">
      <div className="nbm-block-head">
        <span className="nbm-chip">{visible(dataset.role, 20)}</span>
        <strong>{visible(dataset.name, 80)}</strong>
        <span>{format.shape(dataset.shape)}</span>
        <span className="nbm-faint">
          {[
            visible(dataset.kind, 60),
            format.size(dataset.size_bytes),
            dataset.partial ? words.__('in part') : ''
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
        <span className="nbm-faint nbm-mono" title={dataset.digest}>
          {visible(dataset.digest.slice(0, 12), 20)}
        </span>
      </div>
      {dataset.source ? <div className="nbm-faint">{visible(dataset.source, 200)}</div> : null}
      {change?.state === 'differs' ? (
        <div className="nbm-mod-changed nbm-says">
          {change.says.map(each => visible(each, 160)).join(' · ')}
        </div>
      ) : null}
      {columns.length > 0 ? (
        <button
          type="button"
          className="nbm-more"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? words.__('Hide columns') : words.__('Show columns')}
        </button>
      ) : null}
      {isOpen ? (
        <table className="nbm-table">
          <thead>
            <tr>
              <th scope="col">{words.__('column')}</th>
              <th scope="col">{words.__('type')}</th>
              <th scope="col" className="nbm-mod-numeric">
                {words.__('missing')}
              </th>
              <th scope="col">{words.__('fingerprint')}</th>
              <th scope="col">{words.__('against the run before')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(column => (
              <tr key={column.name} className={changed.has(column.name) ? 'nbm-mod-changed' : ''}>
                <th scope="row">{visible(column.name, 80)}</th>
                <td>{visible(column.dtype, 40)}</td>
                <td className="nbm-mod-numeric">{format.number(column.missing_count)}</td>
                <td className="nbm-mono nbm-faint" title={column.digest}>
                  {visible(column.digest.slice(0, 10), 12)}
                </td>
                <td>{changed.get(column.name) ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {isOpen && columns.length > FEW_COLUMNS ? (
        <button type="button" className="nbm-more" onClick={() => setAll(!isAll)}>
          {isAll ? words.__('Fewer') : words.__('%1 more', columns.length - FEW_COLUMNS)}
        </button>
      ) : null}
    </div>
  );
}
