/** By this event a widget asks the page around it to open runs; JupyterLab's part listens. */
export const OPEN = 'nbmlops-open';

export interface Opening {
  readonly runs: readonly string[];
  readonly workspace: string;
}
