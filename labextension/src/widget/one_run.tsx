/** Everything of one run, as an anywidget module; widgets open it in their place. */
import React from 'react';
import { RunView } from '../views/RunView';
import { about, type Given } from './model';
import { show } from './views';

function render(given: Given): () => void {
  return show(given, <RunView id={about(given.model)['run'] ?? ''} isShown />);
}

export default { render };
