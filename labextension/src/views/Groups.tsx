/** What runs stand together by, and the head of each group in the table. */
import React from 'react';
import { GROUPED_BY, type GroupedBy, type Head } from '../groups';
import * as format from '../format';
import { useHost, type Words } from '../host';
import { visible } from '../text';

export function GroupChoice(props: {
  group: GroupedBy | undefined;
  onGroup: (group: GroupedBy | undefined) => void;
}): React.JSX.Element {
  const { words } = useHost();
  return (
    <div className="nbm-group-choice">
      <span className="nbm-faint" aria-hidden="true">
        {words.__('grouped by')}
      </span>
      <select
        className="nbm-input"
        aria-label={words.__('grouped by')}
        value={props.group ?? ''}
        onChange={event => props.onGroup(GROUPED_BY.find(each => each === event.target.value))}
      >
        <option value="">{words.__('nothing')}</option>
        {GROUPED_BY.map(each => (
          <option key={each} value={each}>
            {groupWord(each, words)}
          </option>
        ))}
      </select>
    </div>
  );
}

function groupWord(by: GroupedBy, words: Words): string {
  return {
    experiment: words.__('experiment'),
    notebook: words.__('notebook'),
    parent_id: words.__('parent')
  }[by];
}

export function GroupHead(props: { head: Head; now: number }): React.JSX.Element {
  const { group } = props.head;
  const { words } = useHost();
  const name =
    group.value === null
      ? words.__('none')
      : group.label !== null
        ? visible(group.label, 120) || words.__('unnamed')
        : visible(group.value, 120);
  return (
    <>
      <span className={group.value === null ? 'nbm-faint' : 'nbm-group-name'} title={name}>
        {name}
      </span>
      <span className="nbm-faint">
        {words._n('%2 run', '%2 runs', group.run_count, format.number(group.run_count))}
      </span>
      {group.running_count > 0 ? (
        <span className="nbm-foot-running">{words.__('%1 running', group.running_count)}</span>
      ) : null}
      {group.latest_at ? (
        <span className="nbm-faint" title={format.instant(group.latest_at)}>
          {format.age(group.latest_at, props.now, words)}
        </span>
      ) : null}
    </>
  );
}
