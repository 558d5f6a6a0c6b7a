/** A report of drift under a cell, as an anywidget module. */
import React from 'react';
import { DriftView } from '../views/DriftView';
import { about, type Given } from './model';
import { show } from './views';

function render(given: Given): () => void {
  return show(given, <DriftView run={about(given.model)['run'] ?? ''} isShown />);
}

export default { render };
