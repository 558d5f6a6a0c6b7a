// Made by generate.py from nbmlops/server/routes.py; do not edit.
import type { DriftCheck, DriftReport, DriftTold, DriftTrend, MonitorTold } from './drift';
import type { ParamValue, Run, Status, WireNumber } from './records';

/** Where every path begins. */
export const PREFIX = 'nbmlops/api';

/** A value of a column: whatever a run has there, null where it has nothing. */
export type Value = ParamValue;

/** A workspace that the server knows. */
export interface WorkspaceSummary {
  readonly key: string;
  readonly location: string;
  readonly is_current: boolean;
}

/** An experiment, and how much there is of it. */
export interface ExperimentSummary {
  readonly name: string;
  readonly run_count: number;
  readonly latest_at: string | null;
}

/** The one shape of errors; `details.position` counts characters of a filter from 0. */
export interface ErrorAnswer {
  readonly error: {
    readonly type: string;
    readonly kind: string;
    readonly message: string;
    readonly hint: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** A metric as it is drawn: columns of equal length, times in milliseconds since 1970. */
export interface Series {
  readonly steps: readonly (number | null)[];
  readonly values: readonly WireNumber[];
  readonly times: readonly number[];
  readonly places: readonly number[] | null;
  readonly point_count: number;
}

/** The latest run of a cell; `standing` is "best", "behind" or "" where nobody can say. */
export interface CellRun {
  readonly cell_id: string;
  readonly run: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: Status;
  readonly source: string;
  readonly digest: string;
  readonly metric: string | null;
  readonly value: WireNumber | null;
  readonly direction: string | null;
  readonly standing: string;
  readonly best_value: WireNumber | null;
  readonly best_run: string | null;
  readonly best_name: string | null;
}

/** Runs with the same value; `label` is what the value is called where that is not itself. */
export interface RunGroup {
  readonly value: string | null;
  readonly label: string | null;
  readonly run_count: number;
  readonly running_count: number;
  readonly latest_at: string | null;
}

/** A run as it stands in another's lineage. */
export interface LinkedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly kind: string;
  readonly status: Status;
  readonly started_at: string | null;
  readonly is_deleted: boolean;
}

/** A run that made something, or used it, and what tells so: content, file or name. */
export interface Link {
  readonly run: LinkedRun;
  readonly name: string;
  readonly told_by: 'content' | 'file' | 'name';
  readonly run_count: number;
}

/** What a run used or made: its name, and the runs at its other end. */
export interface Thing {
  readonly name: string;
  readonly kind: 'data' | 'file' | 'model' | 'values';
  readonly role: string;
  readonly type_name: string;
  readonly shape: readonly number[];
  readonly digest: string;
  readonly source: string | null;
  readonly trained_on: string | null;
  readonly links: readonly Link[];
}

/** What a run was made of and what was made of it, one step each way. */
export interface Lineage {
  readonly run: LinkedRun;
  readonly parent: LinkedRun | null;
  readonly children: readonly LinkedRun[];
  readonly child_count: number;
  readonly inputs: readonly Thing[];
  readonly outputs: readonly Thing[];
  readonly more_count: number;
  readonly partial: boolean;
}

/** GET /workspaces: The workspaces that this server knows, and the one that applies. */
export interface WorkspacesAnswer {
  readonly workspaces: readonly WorkspaceSummary[];
  readonly current: string;
  readonly problem: string | null;
  readonly host: string;
}

/** GET /experiments: The experiments, the latest first. */
export interface ExperimentsAnswer {
  readonly experiments: readonly ExperimentSummary[];
}

/** GET /fields: The names that columns, filters and sorting can speak of; the latest first. */
export interface FieldsAnswer {
  readonly attributes: readonly string[];
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  readonly tags: readonly string[];
}

/** GET /runs: The runs that fit, a row each; newest first unless sorted. */
export interface FindRunsAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  readonly ids: readonly string[];
  readonly total: number;
  readonly cursor: string | null;
  readonly notes: readonly string[];
}

/** GET /cells: The latest run of each cell of a notebook, and how it stands among its experiment. */
export interface CellsAnswer {
  readonly cells: readonly CellRun[];
}

/** GET /groups: The runs that fit, counted by what they have in common; the latest first. */
export interface GroupsAnswer {
  readonly groups: readonly RunGroup[];
  readonly group_count: number;
  readonly run_count: number;
}

/** GET /runs/{run}: One run. */
export interface GetRunAnswer {
  readonly run: Run;
}

/** GET /runs/{run}/lineage: What a run was made of and what was made of it, one step each way. */
export interface LineageAnswer {
  readonly lineage: Lineage;
}

/** GET /runs/{run}/card: The static card of a run, as a notebook keeps it. */
export interface CardAnswer {
  readonly data: Record<string, string>;
  readonly metadata: Record<string, unknown>;
  readonly is_final: boolean;
}

/** PATCH /runs/{run}: Change what may be changed of a run. */
export interface ChangeRunAnswer {
  readonly run: Run;
}

/** GET /runs/{run}/children: The runs that were recorded inside of this one, in the order of their start. */
export interface ChildrenAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  readonly ids: readonly string[];
  readonly total: number;
  readonly cursor: string | null;
  readonly notes: readonly string[];
}

/** GET /runs/{run}/series: Metrics over their steps; the lowest and the highest point of each span are kept. */
export interface SeriesAnswer {
  readonly series: Record<string, Series>;
}

/** POST /runs/delete: Put runs out of sight. */
export interface DeleteRunsAnswer {
  readonly runs: readonly string[];
}

/** POST /runs/restore: Bring deleted runs back. */
export interface RestoreRunsAnswer {
  readonly runs: readonly string[];
}

/** POST /compare: Two to fifty runs side by side, and why they differ. */
export interface CompareAnswer {
  readonly comparison: Record<string, unknown>;
}

/** POST /compare/export: A comparison as a file: a table for a spreadsheet, or a page that needs nothing else. */
export interface ExportComparisonAnswer {
  readonly name: string;
  readonly media_type: string;
  readonly text: string;
}

/** GET /drift/{run}: The report of a drift check, with its words. */
export interface DriftReportAnswer {
  readonly report: DriftReport;
  readonly told: DriftTold;
}

/** GET /drift/{run}/trends: The columns of a drift check over the latest checks of the same reference. */
export interface DriftTrendsAnswer {
  readonly checks: readonly DriftCheck[];
  readonly trends: readonly DriftTrend[];
}

/** GET /monitors: The monitors, those with an alarm first, with their evidence over the looks. */
export interface MonitorsAnswer {
  readonly monitors: readonly MonitorTold[];
}

/** GET /openapi.json: This table as an OpenAPI document. */
export interface OpenapiAnswer {
  readonly openapi: string;
  readonly info: unknown;
  readonly paths: unknown;
  readonly components: unknown;
}
