/** The icon of nbmlops: a curve that found its way, with the point where it stands. */
import { LabIcon } from '@jupyterlab/ui-components';

// Themes color what is filled; the strokes take their color from the style sheet.
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="nbm-icon-stroke" fill="none" stroke="#616161" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
    d="M4 4v16h16M8 8c1.2 5.4 3 7.2 9 7.6"/>
  <circle class="jp-icon3 jp-icon-selectable" fill="#616161" cx="18.4" cy="15.8" r="2.2"/>
</svg>`;

export const runsIcon = new LabIcon({ name: 'nbmlops:runs', svgstr: SVG });

// Two distributions, the second of which has moved.
const DRIFT = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-opacity=".45" d="M3 20c4 0 3.4-13 6.5-13s2.500 13 6.500 13z"/>
  <path class="nbm-icon-stroke" fill="none" stroke="#616161" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
    d="M8 20c4 0 3.400-15 6.500-15s2.500 15 6.500 15"/>
</svg>`;

export const driftIcon = new LabIcon({ name: 'nbmlops:drift', svgstr: DRIFT });
