/** The verbs of the REST API, whichever way they travel; what the views ask is asked here. */
import type { Comparison } from './comparison';
import type { MonitorTold } from './drift';
import type { Run } from './records';
import type {
  CardAnswer,
  CellRun,
  CellsAnswer,
  ChangeRunAnswer,
  ChildrenAnswer,
  CompareAnswer,
  DriftReportAnswer,
  DriftTrendsAnswer,
  ErrorAnswer,
  ExperimentsAnswer,
  ExperimentSummary,
  ExportComparisonAnswer,
  FieldsAnswer,
  FindRunsAnswer,
  GetRunAnswer,
  GroupsAnswer,
  Lineage,
  LineageAnswer,
  MonitorsAnswer,
  Series,
  SeriesAnswer,
  WorkspacesAnswer
} from './routes';

/** Where to look: a workspace by its key, or the one that applies to a notebook. */
export interface Scope {
  readonly workspace?: string | undefined;
  readonly notebook?: string | undefined;
}

export type QueryValue = string | number | boolean | readonly string[] | null | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** How a request travels; it throws `ApiError`, or `MissingServerError` where nobody answers. */
export interface Transport {
  json(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown>;
  blob(path: string, signal?: AbortSignal): Promise<Blob>;
  stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

export interface RunsQuery {
  readonly experiment?: string;
  readonly filter?: string;
  readonly sort?: string;
  readonly columns: readonly string[];
  readonly offset?: number;
  readonly limit?: number;
  readonly deleted?: boolean;
}

export interface RunChange {
  readonly name?: string;
  readonly note?: string;
  /** Tags to set; null removes one. */
  readonly tags?: Readonly<Record<string, string | null>>;
}

/** An error of nbmlops as the server told it. */
export class ApiError extends Error {
  readonly type: string;
  readonly hint: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, answer: ErrorAnswer) {
    super(answer.error.message);
    this.name = 'ApiError';
    this.type = answer.error.type;
    this.hint = answer.error.hint;
    this.status = status;
    this.details = answer.error.details;
  }

  /** Where in a filter the error is, counted from 0; null where it is not about a place. */
  get position(): number | null {
    const position = this.details['position'];
    return typeof position === 'number' ? position : null;
  }
}

/** Nobody answers under the address of nbmlops: the server extension is not there. */
export class MissingServerError extends Error {
  constructor() {
    super('The server extension of nbmlops does not answer.');
    this.name = 'MissingServerError';
  }
}

/** True for an answer that has the one shape of errors. */
export function isErrorAnswer(answer: unknown): answer is ErrorAnswer {
  const error = (answer as Partial<ErrorAnswer> | null)?.error;
  return typeof error === 'object' && typeof error.message === 'string';
}

/** A path with its query; what is undefined, null, false or empty is left out. */
export function address(path: string, query: Query = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      if (each !== undefined && each !== null && each !== false && each !== '') {
        parts.append(name, String(each));
      }
    }
  }
  const text = parts.toString();
  return text ? `${path}?${text}` : path;
}

/** A list of columns as a query takes it: a name with commas or backticks stands in backticks. */
export function columnList(names: readonly string[]): string {
  return names
    .map(name => (/[,`\s]/.test(name) ? `\`${name.replace(/`/g, '``')}\`` : name))
    .join(',');
}

export class Client {
  constructor(
    private readonly transport: Transport,
    readonly scope: Scope = {}
  ) {}

  /** The same client looking somewhere else. */
  within(scope: Scope): Client {
    return new Client(this.transport, scope);
  }

  async workspaces(signal?: AbortSignal): Promise<WorkspacesAnswer> {
    const path = address('workspaces', { notebook: this.scope.notebook });
    return (await this.transport.json('GET', path, undefined, signal)) as WorkspacesAnswer;
  }

  async experiments(signal?: AbortSignal): Promise<readonly ExperimentSummary[]> {
    return (await this.get<ExperimentsAnswer>('experiments', {}, signal)).experiments;
  }

  fields(experiment: string, signal?: AbortSignal): Promise<FieldsAnswer> {
    return this.get('fields', { experiment }, signal);
  }

  runs(query: RunsQuery, signal?: AbortSignal): Promise<FindRunsAnswer> {
    return this.get('runs', { ...query, columns: columnList(query.columns) }, signal);
  }

  groups(
    query: { by: string; experiment?: string | undefined; filter?: string | undefined },
    signal?: AbortSignal
  ): Promise<GroupsAnswer> {
    return this.get('groups', query, signal);
  }

  async run(id: string, signal?: AbortSignal): Promise<Run> {
    return (await this.get<GetRunAnswer>(`runs/${encodeURIComponent(id)}`, {}, signal)).run;
  }

  /** The static card of a run, as a notebook keeps it. */
  card(id: string, signal?: AbortSignal): Promise<CardAnswer> {
    return this.get(`runs/${encodeURIComponent(id)}/card`, {}, signal);
  }

  async cells(notebook: string, signal?: AbortSignal): Promise<readonly CellRun[]> {
    return (await this.get<CellsAnswer>('cells', { notebook }, signal)).cells;
  }

  async lineage(id: string, signal?: AbortSignal): Promise<Lineage> {
    const path = `runs/${encodeURIComponent(id)}/lineage`;
    return (await this.get<LineageAnswer>(path, {}, signal)).lineage;
  }

  children(id: string, signal?: AbortSignal): Promise<ChildrenAnswer> {
    return this.get(`runs/${encodeURIComponent(id)}/children`, {}, signal);
  }

  async series(
    id: string,
    names: readonly string[],
    options: { points?: number; from?: number; to?: number } = {},
    signal?: AbortSignal
  ): Promise<Readonly<Record<string, Series>>> {
    const path = `runs/${encodeURIComponent(id)}/series`;
    const query = { name: names, ...options };
    return (await this.get<SeriesAnswer>(path, query, signal)).series;
  }

  async compare(runs: readonly string[], signal?: AbortSignal): Promise<Comparison> {
    const path = address('compare', { ...this.scope });
    const answer = (await this.transport.json('POST', path, { runs }, signal)) as CompareAnswer;
    return answer.comparison as unknown as Comparison;
  }

  /** A comparison as a file, as Python writes it. */
  async exportComparison(
    runs: readonly string[],
    form: 'csv' | 'html'
  ): Promise<ExportComparisonAnswer> {
    const path = address('compare/export', { ...this.scope });
    return (await this.transport.json('POST', path, { runs, form })) as ExportComparisonAnswer;
  }

  driftReport(id: string, signal?: AbortSignal): Promise<DriftReportAnswer> {
    return this.get(`drift/${encodeURIComponent(id)}`, {}, signal);
  }

  /** The columns of a check over the latest checks of its reference. */
  driftTrends(id: string, signal?: AbortSignal): Promise<DriftTrendsAnswer> {
    return this.get(`drift/${encodeURIComponent(id)}/trends`, {}, signal);
  }

  /** All monitors; of a check those that recorded it or watch its reference. */
  async monitors(run?: string, signal?: AbortSignal): Promise<readonly MonitorTold[]> {
    return (await this.get<MonitorsAnswer>('monitors', { run }, signal)).monitors;
  }

  artifact(id: string, name: string, signal?: AbortSignal): Promise<Blob> {
    const path = `runs/${encodeURIComponent(id)}/artifacts/${encodeURIComponent(name)}`;
    return this.transport.blob(address(path, { ...this.scope }), signal);
  }

  async change(id: string, change: RunChange): Promise<Run> {
    const path = address(`runs/${encodeURIComponent(id)}`, { ...this.scope });
    return ((await this.transport.json('PATCH', path, change)) as ChangeRunAnswer).run;
  }

  async remove(runs: readonly string[]): Promise<void> {
    await this.transport.json('POST', address('runs/delete', { ...this.scope }), { runs });
  }

  async restore(runs: readonly string[]): Promise<void> {
    await this.transport.json('POST', address('runs/restore', { ...this.scope }), { runs });
  }

  events(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.transport.stream(address('events', { ...this.scope }), signal);
  }

  private async get<Answer>(path: string, query: Query, signal?: AbortSignal): Promise<Answer> {
    const asked = address(path, { ...this.scope, ...query });
    return (await this.transport.json('GET', asked, undefined, signal)) as Answer;
  }
}
