// Made by generate.py from nbmlops/drift/records.py; do not edit.
import type { WireNumber } from './records';

/** One of the two data sets. */
export interface DriftSide {
  readonly name: string;
  readonly row_count: number;
  readonly column_count: number;
  readonly kind: string;
}

/** One test of one column. `detectable` is the smallest effect that would have been found in four of five cases, in the unit of `effect_unit` or, for numbers, in standard deviations. */
export interface DriftResult {
  readonly column: string;
  readonly kind: string;
  readonly measure: string;
  readonly statistic: number | null;
  readonly p_value: number | null;
  readonly p_adjusted: number | null;
  readonly effect: number | null;
  readonly state: string;
  readonly reason: string;
  readonly effect_unit: string;
  readonly detectable: number | null;
}

/** One side of a column in figures. */
export interface ColumnSide {
  readonly dtype: string;
  readonly row_count: number;
  readonly missing_count: number;
  readonly distinct_count: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly quantiles: readonly number[];
  readonly heaviest: number | null;
  readonly heaviest_share: number | null;
}

/** Both distributions as they are drawn: shares in cells of one width from `low` to `high`, or shares of the named `levels` (the last of them may be all others). */
export interface Shape {
  readonly reference: readonly number[];
  readonly current: readonly number[];
  readonly low: number | null;
  readonly high: number | null;
  readonly levels: readonly string[];
}

/** Everything about one column: its tests, and the measures that are shown and decide nothing. */
export interface ColumnDrift {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly reason: string;
  readonly results: readonly DriftResult[];
  readonly measures: { readonly [name: string]: number };
  readonly reference: ColumnSide | null;
  readonly current: ColumnSide | null;
  readonly shape: Shape | null;
  readonly role: string;
  readonly notes: readonly string[];
}

/** How well the sides can be told apart by all columns together, and by which of them: what the AUC loses where that column is shuffled. `state` is that of a column. */
export interface Multivariate {
  readonly auc: number;
  readonly p_value: number;
  readonly state: string;
  readonly columns: readonly (readonly [string, number])[];
  readonly row_count: number;
}

/** One metric on both sides. Intervals hold in 95 of 100 cases. */
export interface Performance {
  readonly metric: string;
  readonly reference: number;
  readonly current: number;
  readonly low: number;
  readonly high: number;
  readonly change: number;
  readonly change_low: number;
  readonly change_high: number;
  readonly state: string;
  readonly how: string;
  readonly method: string;
  readonly reference_count: number;
  readonly current_count: number;
  readonly floor: number;
  readonly decides: boolean;
  readonly effective_count: number | null;
}

/** By how much the drift of one column moves the mean prediction, and the estimated `metric` where there is one: as the data are, less what it were with the column's distribution swapped back to the reference. */
export interface ColumnEffect {
  readonly column: string;
  readonly effect: number;
  readonly low: number;
  readonly high: number;
  readonly row_count: number;
  readonly metric: string;
  readonly performance_effect: number | null;
  readonly performance_low: number | null;
  readonly performance_high: number | null;
}

/** How much the predictions hang on a column (the share of their variance that a second model of them loses without it), its drift, and the product, where the model cannot be asked. */
export interface ColumnImportance {
  readonly column: string;
  readonly importance: number;
  readonly drift: number;
  readonly size: number;
}

/** What the drift does to the model: the leading metric first, the largest effect first. */
export interface Harm {
  readonly task: string;
  readonly performance: readonly Performance[];
  readonly effects: readonly ColumnEffect[];
  readonly output: string;
  readonly reference_mean: number | null;
  readonly current_mean: number | null;
  readonly limits: readonly string[];
  readonly reason: string;
  readonly importances: readonly ColumnImportance[];
}

/** What a row's column has to be: a label, missing, or a number from `low` to below `high`. */
export interface Condition {
  readonly column: string;
  readonly low: number | null;
  readonly high: number | null;
  readonly level: string | null;
  readonly is_missing: boolean;
}

/** What moved within a slice: the share of the rows that fulfil `mark`, there and elsewhere. */
export interface Move {
  readonly column: string;
  readonly mark: Condition | null;
  readonly before: number | null;
  readonly now: number | null;
  readonly before_elsewhere: number | null;
  readonly now_elsewhere: number | null;
  readonly effect: number;
  readonly effect_elsewhere: number;
  readonly p_value: number;
  readonly p_adjusted: number;
}

/** A slice where drift concentrates, by its conditions, with its share and its rows on both sides, of the half of the rows that tests. */
export interface Segment {
  readonly conditions: readonly Condition[];
  readonly reference_share: number;
  readonly current_share: number;
  readonly reference_count: number;
  readonly current_count: number;
  readonly moves: readonly Move[];
}

/** The slices that were found, and among how many: searched on some rows, tested on others. */
export interface Segments {
  readonly found: readonly Segment[];
  readonly searched_count: number;
  readonly tested_count: number;
  readonly column_count: number;
  readonly left_out_count: number;
  readonly search_rows: number;
  readonly test_rows: number;
}

/** One chunk of the current data: a stretch of time, so many rows, or a group. */
export interface Chunk {
  readonly label: string;
  readonly start: string;
  readonly end: string;
  readonly row_count: number;
}

/** A column over the chunks, each against the reference: `states` are those of a result, or "empty" for a chunk without rows. `measures` names the test that speaks for a chunk that moved. */
export interface Strip {
  readonly column: string;
  readonly kind: string;
  readonly group: string;
  readonly effects: readonly (number | null)[];
  readonly p_adjusted: readonly (number | null)[];
  readonly states: readonly string[];
  readonly measures: readonly string[];
}

/** The chunks, and a strip for each column (and group), those that drifted most often first. */
export interface OverTime {
  readonly time: string | null;
  readonly every: string;
  readonly by: string | null;
  readonly zone: string;
  readonly chunks: readonly Chunk[];
  readonly strips: readonly Strip[];
  readonly test_count: number;
  readonly timeless_count: number;
}

/** What drifted between two data sets, column by column, worst first. */
export interface DriftReport {
  readonly reference: DriftSide;
  readonly current: DriftSide;
  readonly columns: readonly ColumnDrift[];
  readonly method: string;
  readonly correction: string;
  readonly level: number;
  readonly floors: { readonly [name: string]: number };
  readonly notes: readonly string[];
  readonly run_id: string | null;
  readonly dataset_drifted: boolean | null;
  readonly multivariate: Multivariate | null;
  readonly harm: Harm | null;
  readonly segments: Segments | null;
  readonly over_time: OverTime | null;
}

/** A sentence with its state, a row for each number, and what the numbers cannot see. */
export interface HarmLines {
  readonly state: string;
  readonly sentence: string;
  readonly rows: readonly (readonly [string, string, string, string])[];
  readonly output: string;
  readonly limits: readonly string[];
  readonly metric: string;
}

/** A measure: what people call it, its formula, and where that is from. */
export interface MeasureTold {
  readonly title: string;
  readonly formula: string;
  readonly source: string;
}

/** What a report says in words: `changes` and `moves` follow the order of its columns, and the `verdict` is on them one by one. */
export interface DriftTold {
  readonly verdict: string;
  readonly facts: readonly string[];
  readonly changes: readonly string[];
  readonly moves: readonly string[];
  readonly harm: HarmLines | null;
  readonly together: readonly [string, string] | null;
  readonly measures: { readonly [name: string]: MeasureTold };
}

/** One check among others of its reference. */
export interface DriftCheck {
  readonly run: string;
  readonly name: string;
  readonly current: string;
  readonly started_at: string;
  readonly is_drifted: boolean;
  readonly drifted_count: number;
  readonly tested_count: number;
}

/** The effect of one column's test in each check, null where it was not made there, and the column's state, "" where the check does not have it. `turns` are the places of the checks from which on the reference has other data under its name. */
export interface DriftTrend {
  readonly column: string;
  readonly kind: string;
  readonly role: string;
  readonly measure: string;
  readonly effect_unit: string;
  readonly floor: number | null;
  readonly effects: readonly (WireNumber | null)[];
  readonly states: readonly string[];
  readonly turns: readonly number[];
}

/** A column, or the loss, over the looks: evidence as parts of what an alarm needs. */
export interface EvidenceLine {
  readonly state: string;
  readonly name: string;
  readonly kind: string;
  readonly heights: readonly number[];
  readonly alarm_place: number | null;
  readonly change: string;
  readonly evidence: string;
}

/** A monitor: its state in words, its alarms, and the columns that are nearest to one. */
export interface MonitorTold {
  readonly name: string;
  readonly state: string;
  readonly says: string;
  readonly reference: string;
  readonly source: string;
  readonly promise: string;
  readonly needed: string;
  readonly looked_at: string | null;
  readonly look_count: number;
  readonly run: string | null;
  readonly first: string;
  readonly last: string;
  readonly alarms: readonly EvidenceLine[];
  readonly more_alarms: number;
  readonly calm: EvidenceLine | null;
}
