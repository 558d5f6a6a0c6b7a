/** The table of runs under a cell, as an anywidget module. */
import React, { useState } from 'react';
import { RunsView } from '../views/RunsView';
import { about, type Given } from './model';
import { show } from './views';

const ROW = 28;
const AROUND = 112;
const MOST = 420;

function Table(props: { experiment: string; filter: string; sort: string }): React.JSX.Element {
  const [look, setLook] = useState({ experiment: props.experiment, filter: props.filter });
  return (
    <RunsView
      isCompact={false}
      isShown
      experiment={look.experiment}
      filter={look.filter}
      sort={props.sort}
      onLook={(experiment, filter) => setLook({ experiment, filter })}
    />
  );
}

function render(given: Given): () => void {
  const { experiment = '', filter = '', sort = '', count = 0 } = about(given.model);
  const rows = Math.max(Number(count), 3);
  given.el.style.height = `${Math.min(AROUND + rows * ROW, MOST)}px`;
  return show(given, <Table experiment={experiment} filter={filter} sort={sort} />);
}

export default { render };
