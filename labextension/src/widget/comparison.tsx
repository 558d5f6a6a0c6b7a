/** Runs side by side under a cell, as an anywidget module. */
import React, { useState } from 'react';
import { CompareView } from '../views/CompareView';
import type { Given } from './model';
import { show } from './views';

function Comparison(props: { runs: readonly string[] }): React.JSX.Element {
  const [runs, setRuns] = useState(props.runs);
  return <CompareView runs={runs} isShown onRuns={setRuns} />;
}

function render(given: Given): () => void {
  const about = given.model.get('about') as { readonly runs: readonly string[] };
  return show(given, <Comparison runs={about.runs} />);
}

export default { render };
