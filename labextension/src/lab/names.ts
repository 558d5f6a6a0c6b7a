/** Names that JupyterLab, its settings and its users rely on. */
export const PLUGIN = 'nbmlops:plugin';
export const PANEL = 'nbmlops-panel';

export const COMMANDS = {
  showPanel: 'nbmlops:show-panel',
  showDrift: 'nbmlops:show-drift',
  openDrift: 'nbmlops:open-drift-report',
  copyDriftLink: 'nbmlops:copy-drift-link',
  openRuns: 'nbmlops:open-runs',
  openRun: 'nbmlops:open-run',
  compareRuns: 'nbmlops:compare-runs',
  openNotebook: 'nbmlops:open-notebook',
  openLink: 'nbmlops:open-link',
  showNotebookRuns: 'nbmlops:show-notebook-runs',
  trackCell: 'nbmlops:track-cell',
  openCellRun: 'nbmlops:open-cell-run',
  compareCellRun: 'nbmlops:compare-cell-run',
  openSelectedRun: 'nbmlops:open-selected-run',
  deleteRuns: 'nbmlops:delete-runs',
  renameRun: 'nbmlops:rename-run',
  noteRun: 'nbmlops:note-run',
  tagRun: 'nbmlops:tag-run',
  exportComparison: 'nbmlops:export-comparison',
  copyRunLink: 'nbmlops:copy-run-link',
  copyComparisonLink: 'nbmlops:copy-comparison-link'
} as const;
