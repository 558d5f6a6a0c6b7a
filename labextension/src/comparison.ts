// Made by generate.py from nbmlops/comparison/records.py; do not edit.
import type { Artifact, ParamValue, Status, WireNumber } from './records';

/** One of the runs: what tells it from the others; `notes` say what to know before trusting. */
export interface ComparedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: Status;
  readonly kind: string;
  readonly started_at: string;
  readonly duration_seconds: number | null;
  readonly peak_memory_bytes: number | null;
  readonly error: string | null;
  readonly notes: readonly string[];
}

/** One parameter over the runs; a value inside of a nested one is named by its dotted path. */
export interface ParamRow {
  readonly name: string;
  readonly values: { readonly [name: string]: ParamValue };
  readonly differs: boolean;
}

/** A metric against the first run's; `difference` is None where it cannot be computed. */
export interface MetricChange {
  readonly difference: WireNumber | null;
  readonly verdict: string;
}

/** One metric over the runs; `best` are the runs that have its best value. */
export interface MetricRow {
  readonly name: string;
  readonly values: { readonly [name: string]: WireNumber };
  readonly differs: boolean;
  readonly better: string | null;
  readonly best: readonly string[];
  readonly changes: { readonly [name: string]: MetricChange };
}

/** The course of one metric: (step, value) points, thinned so that every extreme stays. */
export interface Curve {
  readonly name: string;
  readonly lines: { readonly [name: string]: readonly (readonly [number, number])[] };
  readonly point_counts: { readonly [name: string]: number };
  readonly has_steps: boolean;
  readonly better: string | null;
}

/** The runs that ran the same code, and how it differs from the first run's. */
export interface CodeVariant {
  readonly run_ids: readonly string[];
  readonly state: string;
  readonly added: number;
  readonly removed: number;
  readonly diff: string;
}

/** One column against the first run's; `change` is "values", "added", "removed" or "type". */
export interface ColumnChange {
  readonly name: string;
  readonly change: string;
  readonly before: string;
  readonly after: string;
}

/** A dataset against the first run's; `says` tells it in words, the most telling first. */
export interface DataChange {
  readonly state: 'same' | 'differs' | 'unsure' | 'missing';
  readonly says: readonly string[];
  readonly columns: readonly ColumnChange[];
  readonly row_count_before: number | null;
  readonly row_count_after: number | null;
  readonly is_other_order: boolean;
}

/** One dataset over the runs: what it was in each, as words, and how it differs. */
export interface DatasetRow {
  readonly name: string;
  readonly role: string;
  readonly sizes: { readonly [name: string]: string };
  readonly changes: { readonly [name: string]: DataChange };
}

/** A value that is not what it was; `state` is "changed", "added" or "removed". */
export interface ValueChange {
  readonly name: string;
  readonly before: ParamValue;
  readonly after: ParamValue;
  readonly state: string;
}

/** A fitted model against the first run's. */
export interface ModelChange {
  readonly state: 'same' | 'differs' | 'unsure' | 'missing';
  readonly class_before: string;
  readonly class_after: string;
  readonly params: readonly ValueChange[];
  readonly features_added: readonly string[];
  readonly features_removed: readonly string[];
  readonly is_other_order: boolean;
}

/** One fitted model over the runs: its class and size in each, and how it differs. */
export interface ModelRow {
  readonly name: string;
  readonly classes: { readonly [name: string]: string };
  readonly changes: { readonly [name: string]: ModelChange };
  readonly sizes: { readonly [name: string]: number };
}

/** One picture over the runs that have it by this name; `differs` says whether its bytes do. */
export interface FigureRow {
  readonly name: string;
  readonly figures: { readonly [name: string]: Artifact };
  readonly differs: boolean;
}

/** A version over the runs that is not the same in all; `kind` is "interpreter", "package" or "variable". A package that a run did not import, or a variable that was not set, is absent. */
export interface VersionRow {
  readonly name: string;
  readonly kind: string;
  readonly versions: { readonly [name: string]: string };
}

/** What of the environments differs, how many versions are the same, and whose is not known. */
export interface EnvironmentRows {
  readonly rows: readonly VersionRow[];
  readonly same_count: number;
  readonly missing: readonly string[];
}

/** A repository against the first run's; `files` are those whose uncommitted changes differ. */
export interface GitChange {
  readonly state: 'same' | 'differs' | 'unsure' | 'missing';
  readonly commit_before: string | null;
  readonly commit_after: string | null;
  readonly branch_before: string | null;
  readonly branch_after: string | null;
  readonly is_dirty_before: boolean;
  readonly is_dirty_after: boolean;
  readonly is_other_diff: boolean;
  readonly files: readonly string[];
}

/** The seeds against the first run's, and what says that random numbers had none. */
export interface SeedChange {
  readonly state: 'same' | 'differs' | 'unsure' | 'missing';
  readonly seeds: readonly ValueChange[];
  readonly unseeded: readonly string[];
  readonly moved: readonly string[];
}

/** One thing that may be why two runs differ; `sure` says whether it certainly differs. */
export interface Reason {
  readonly kind: 'data' | 'parameter' | 'code' | 'library' | 'seed';
  readonly says: string;
  readonly evidence: readonly string[];
  readonly sure: 'certain' | 'possible';
}

/** Why a run differs from the first one: reasons in the order data, parameter, code, library, seed, what they amount to, and what was not recorded and might matter. */
export interface Explanation {
  readonly run_id: string;
  readonly verdict: string;
  readonly reasons: readonly Reason[];
  readonly gaps: readonly string[];
}

/** Two to fifty runs side by side, and why they differ. It displays itself. */
export interface Comparison {
  readonly runs: readonly ComparedRun[];
  readonly why: readonly Explanation[];
  readonly metrics: readonly MetricRow[];
  readonly params: readonly ParamRow[];
  readonly curves: readonly Curve[];
  readonly data: readonly DatasetRow[];
  readonly models: readonly ModelRow[];
  readonly code: readonly CodeVariant[];
  readonly environment: EnvironmentRows;
  readonly git: { readonly [name: string]: GitChange };
  readonly seeds: { readonly [name: string]: SeedChange };
  readonly notes: readonly string[];
  readonly more_curves: number;
  readonly figures: readonly FigureRow[];
}
