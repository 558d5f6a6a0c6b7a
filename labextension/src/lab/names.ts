/** Names that JupyterLab, its settings and its users rely on. */
export const PLUGIN = 'nbmlops:plugin';
export const PANEL = 'nbmlops-panel';
export const CATEGORY = 'MLOps';

export const COMMANDS = {
  showPanel: 'nbmlops:show-panel',
  openRuns: 'nbmlops:open-runs',
  openRun: 'nbmlops:open-run',
  compareRuns: 'nbmlops:compare-runs',
  openNotebook: 'nbmlops:open-notebook',
  openLink: 'nbmlops:open-link',
  showNotebookRuns: 'nbmlops:show-notebook-runs',
  trackCell: 'nbmlops:track-cell',
  openCellRun: 'nbmlops:open-cell-run',
  compareCellRun: 'nbmlops:compare-cell-run',
  copyRunLink: 'nbmlops:copy-run-link',
  copyComparisonLink: 'nbmlops:copy-comparison-link'
} as const;
