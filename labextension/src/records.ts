// Made by generate.py from nbmlops/records.py; do not edit.

/** A number as it travels: what JSON cannot hold exactly comes as text, as in "NaN". */
export type WireNumber = number | string;

/** A parameter's value: whatever JSON can hold. */
export type ParamValue =
  WireNumber | boolean | null | ParamValue[] | { [name: string]: ParamValue };

/** The state of anything that runs; there is one enumeration for all of them. */
export type Status = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'reused' | 'lost';

/** The code that ran, as executed (secrets redacted). */
export interface Cell {
  readonly source: string;
  readonly digest: string;
  readonly cell_id: string | null;
  readonly notebook_path: string | null;
  readonly notebook_name: string | null;
  readonly execution_count: number | null;
  readonly kernel_id: string | null;
}

/** A seed, the call that takes it, and the earlier cell it stands in (`source`). */
export interface Seed {
  readonly given_to: string;
  readonly value: ParamValue;
  readonly source: string;
}

/** What a cell did to its notebook, by names. */
export interface Observed {
  readonly bound: readonly string[];
  readonly mutated: readonly string[];
  readonly unsure: readonly string[];
  readonly read: readonly string[];
  readonly used: readonly string[];
  readonly settings: readonly string[];
  readonly made_files: readonly string[];
  readonly seeds: readonly Seed[];
  readonly random_states: { readonly [name: string]: string } | null;
  readonly read_from: { readonly [name: string]: string } | null;
  readonly partial: boolean;
}

/** An input value and where it was found: explicit, literal, papermill, and so on. */
export interface Param {
  readonly name: string;
  readonly value: ParamValue;
  readonly source: string;
}

/** A number at a step, with the time it was recorded. */
export interface Metric {
  readonly step: number | null;
  readonly value: WireNumber;
  readonly at: string;
}

/** A metric as it is drawn, by (step, value) points; `point_count` points were recorded. */
export interface Course {
  readonly points: readonly (readonly [number, number])[];
  readonly point_count: number;
  readonly has_steps: boolean;
}

/** Bytes with a name; the digest says which bytes. */
export interface Artifact {
  readonly name: string;
  readonly digest: string;
  readonly size_bytes: number;
  readonly media_type: string;
  readonly kind: string;
}

/** The interpreter and the imported packages, kept once per distinct content. */
export interface Environment {
  readonly digest: string;
  readonly python: string;
  readonly platform: string;
  readonly packages: { readonly [name: string]: string };
  readonly variables: { readonly [name: string]: string };
}

/** The state of the repository that the notebook stands in. */
export interface Git {
  readonly commit: string | null;
  readonly branch: string | null;
  readonly remote: string | null;
  readonly dirty: boolean;
  readonly diff: string;
}

/** One column of a dataset: its type, how many values are missing, and its fingerprint. */
export interface Column {
  readonly name: string;
  readonly dtype: string;
  readonly digest: string;
  readonly missing_count: number | null;
}

/** What data a run used or made, told by fingerprints and without any of its values. */
export interface Dataset {
  readonly name: string;
  readonly role: string;
  readonly kind: string;
  readonly digest: string;
  readonly row_count: number | null;
  readonly columns: readonly Column[];
  readonly shape: readonly number[];
  readonly size_bytes: number | null;
  readonly source: string | null;
  readonly partial: boolean;
}

/** A model that a run fitted: its class, what it was made with and what it learned from. */
export interface FittedModel {
  readonly name: string;
  readonly class_name: string;
  readonly params: { readonly [name: string]: ParamValue };
  readonly changed: readonly string[];
  readonly feature_names: readonly string[];
  readonly train_dataset: string | null;
  readonly fit_seconds: number | null;
  readonly size_bytes: number | null;
  readonly artifact: string | null;
  readonly fit_count: number;
}

/** The exception that ended a run. */
export interface Failure {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
}

/** Head and tail of what was printed to one stream; `size_bytes` counts all of it. */
export interface Output {
  readonly head: string;
  readonly tail: string;
  readonly size_bytes: number;
}

/** What one executed cell of a notebook cost, as its runner saw it; None where it could not. */
export interface CellCost {
  readonly number: number;
  readonly name: string;
  readonly status: string;
  readonly duration_seconds: number;
  readonly cpu_seconds: number | null;
  readonly peak_memory_bytes: number | null;
  readonly cell_id: string | null;
}

/** What the run cost: wall and CPU time of the process, and its peak resident memory. */
export interface Resources {
  readonly wall_seconds: number;
  readonly cpu_seconds: number;
  readonly peak_memory_bytes: number | null;
  readonly memory_exact: boolean;
  readonly series: { readonly [name: string]: readonly (number | null)[] };
  readonly cells: readonly CellCost[];
}

/** Something worth knowing about a run, e.g. what was kept only in part. */
export interface RunWarning {
  readonly code: string;
  readonly message: string;
}

/** One execution of anything: a cell, a notebook, a step, a script, a check. */
export interface Run {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: Status;
  readonly kind: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly duration_seconds: number | null;
  readonly parent_id: string | null;
  readonly params: { readonly [name: string]: ParamValue };
  readonly param_sources: { readonly [name: string]: string };
  readonly metrics: { readonly [name: string]: WireNumber };
  readonly metric_sources: { readonly [name: string]: string };
  readonly tags: { readonly [name: string]: string };
  readonly note: string;
  readonly artifacts: { readonly [name: string]: Artifact };
  readonly datasets: { readonly [name: string]: Dataset };
  readonly models: { readonly [name: string]: FittedModel };
  readonly cell: Cell | null;
  readonly observed: Observed | null;
  readonly environment: Environment | null;
  readonly git: Git | null;
  readonly error: Failure | null;
  readonly reason: string | null;
  readonly outputs: { readonly [name: string]: Output };
  readonly resources: Resources | null;
  readonly warnings: readonly RunWarning[];
  readonly user: string | null;
  readonly host: string | null;
  readonly deleted_at: string | null;
}

/** The best value of one metric so far, and the run that has it. */
export interface Best {
  readonly value: WireNumber;
  readonly run_id: string;
  readonly run_name: string;
}

/** What a run is compared with: the run before it and the best of its experiment. */
export interface History {
  readonly previous: Run | null;
  readonly best: { readonly [name: string]: Best };
  readonly count: number;
  readonly recent: readonly Run[];
}

/** What is watched, against what, and how far that has come. */
export interface Monitor {
  readonly name: string;
  readonly reference: string;
  readonly source: string;
  readonly time: string | null;
  readonly every: string;
  readonly by: string | null;
  readonly budget: string;
  readonly columns: readonly string[];
  readonly target: string | null;
  readonly prediction: string | null;
  readonly experiment: string | null;
  readonly user: string;
  readonly added_at: string;
  readonly database: string | null;
  readonly key: string | null;
  readonly looked_at: string | null;
  readonly look_count: number;
  readonly row_count: number;
  readonly drifted: readonly string[];
  readonly is_harmful: boolean;
  readonly run_id: string | null;
  readonly revision: number;
  readonly state_digest: string;
  readonly reference_digest: string;
}
