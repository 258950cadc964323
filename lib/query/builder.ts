import {
  type CompiledQuery,
  DefaultQueryExecutor,
  QueryCreator,
  type RawBuilder,
  SqliteAdapter,
  type SqlBool,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Database, Row, SqlValue } from '../store/database.ts';

/**
 * The columns that queries of this room read; the schema itself is in lib/store/schema. Times are
 * milliseconds since the epoch.
 */
export interface Tables {
  readonly sessions: {
    readonly id: string;
    readonly project: string | null;
    readonly worktree: string | null;
    readonly model: string | null;
    readonly model_at: number | null;
    readonly started_at: number | null;
    readonly last_started_at: number | null;
    readonly ended_at: number | null;
    readonly first_event_at: number | null;
    readonly last_event_at: number | null;
    readonly operation_count: number;
    readonly last_auto_at: number | null;
    readonly checkpoint_at: number | null;
    readonly checkpoint_by: string | null;
    readonly checkpoint_kind: string | null;
    readonly transcript_state: string;
    readonly transcript_path: string | null;
    readonly title: string | null;
    readonly imported: string | null;
    readonly client_pid: number | null;
    readonly client_started: string | null;
    readonly config_folder: string | null;
  };
  readonly events: {
    readonly seq: number;
    readonly id: string;
    readonly type: string;
    readonly at: number;
    readonly stored_at: number;
    readonly source: string;
    readonly session_id: string | null;
    readonly correlation_id: string | null;
    readonly cause: string | null;
    readonly copy_of: string | null;
    readonly envelope: string;
  };
  readonly deliveries: {
    readonly event_id: string;
    readonly subscription: string;
    readonly state: 'due' | 'running' | 'done' | 'dead' | 'discarded';
    readonly attempts: number;
    readonly waits: number;
    readonly due_at: number;
    readonly claimed_at: number | null;
    readonly started_at: number | null;
    readonly ended_at: number | null;
    readonly last_error: string | null;
    readonly output: string | null;
  };
  readonly messages: {
    readonly session_id: string;
    readonly id: string;
    readonly role: 'prompt' | 'answer';
    readonly at: number;
    readonly agent_id: string | null;
    readonly text: string;
    readonly length: number;
  };
  readonly session_tags: {
    readonly session_id: string;
    readonly tag: string;
    readonly at: number;
  };
  readonly metrics: {
    readonly at: number;
    readonly worker: string;
    readonly name: string;
    readonly value: number;
  };
  readonly session_health: {
    readonly session_id: string;
    readonly at: number;
    readonly score: number;
    readonly reasons: string;
  };
  readonly prompts: { readonly session_id: string; readonly id: string };
  readonly failures: {
    readonly id: string;
    readonly session_id: string | null;
    readonly agent_id: string | null;
    readonly tool: string;
    readonly target: string | null;
    readonly error: string;
    readonly at: number;
  };
  readonly checkpoints: {
    readonly id: string;
    readonly session_id: string;
    readonly agent_id: string | null;
    readonly kind: string;
    readonly at: number;
    readonly saved_by: string;
    readonly operation_count: number;
    readonly git_head: string | null;
    readonly git_branch: string | null;
    readonly note: string | null;
  };
  readonly session_log: {
    readonly id: string;
    readonly session_id: string;
    readonly at: number;
    readonly kind: string;
    readonly detail: string | null;
  };
  readonly operations: {
    readonly tool_use_id: string;
    readonly session_id: string;
    readonly at: number | null;
  };
  readonly agent_runs: {
    readonly tool_use_id: string;
    readonly session_id: string;
    readonly agent_id: string | null;
    readonly agent_type: string;
    readonly model: string;
    readonly kind: string;
    readonly at: number;
    readonly outcome: string;
    readonly tokens: number | null;
    readonly duration_ms: number | null;
    readonly tool_uses: number | null;
  };
  readonly operation_outcomes: {
    readonly tool_use_id: string;
    readonly session_id: string;
    readonly agent_id: string | null;
    readonly tool: string | null;
    readonly target: string | null;
    readonly at: number | null;
    readonly ended_at: number | null;
    readonly error: string | null;
    readonly outcome: string;
  };
  readonly agents: {
    readonly session_id: string;
    readonly agent_id: string;
    readonly type: string | null;
    readonly tool_use_id: string | null;
    readonly started_at: number | null;
    readonly stopped_at: number | null;
    readonly stale_at: number | null;
    readonly reported_at: number | null;
  };
  readonly failure_patterns: {
    readonly id: string;
    readonly tool: string;
    readonly needle: string;
    readonly last_at: number;
  };
  readonly team_patterns: {
    readonly id: string;
    readonly tool: string;
    readonly needle: string;
    readonly last_at: number;
  };
  readonly command_runs: {
    readonly id: string;
    readonly session_id: string | null;
    readonly pattern_id: string | null;
    readonly at: number;
  };
  readonly failure_fixes: {
    readonly pattern_id: string;
    readonly evidence: string;
    readonly session_id: string | null;
    readonly text: string;
    readonly is_edit: number;
    readonly at: number;
  };
  readonly file_activity: {
    readonly project: string;
    readonly at: number;
    readonly kind: string;
    readonly count: number;
  };
  readonly watched_projects: {
    readonly project: string;
    readonly folders: number;
    readonly is_cut: number;
    readonly trouble: string | null;
  };
  readonly context_samples: {
    readonly session_id: string;
    readonly message_id: string;
    readonly placed_at: number;
    readonly at: number;
    readonly model: string | null;
    readonly tokens: number | null;
  };
  readonly told: {
    readonly id: string;
    readonly session_id: string;
    readonly kind: string;
    readonly about: string;
    readonly tool_use_id: string | null;
    readonly detail: string;
    readonly at: number;
    readonly outcome: string | null;
  };
  readonly usage: {
    readonly message_id: string;
    readonly request_id: string;
    readonly session_id: string | null;
    readonly agent_id: string | null;
    readonly at: number | null;
    readonly model: string | null;
    readonly tier: string | null;
    readonly speed: string | null;
    readonly geo: string | null;
    readonly input: number;
    readonly output: number;
    readonly cache_read: number;
    readonly cache_write_5m: number;
    readonly cache_write_1h: number;
    readonly web_searches: number;
  };
  readonly usage_sums: {
    readonly session_id: string;
    readonly agent_id: string;
    readonly at: number;
    readonly class: number;
    readonly model: string;
    readonly tier: string;
    readonly answers: number;
    readonly input: number;
    readonly output: number;
    readonly cache_read: number;
    readonly cache_write_5m: number;
    readonly cache_write_1h: number;
    readonly web_searches: number;
  };
  readonly account_limits: {
    readonly config_folder: string;
    readonly name: string;
    readonly at: number;
    readonly used: number;
    readonly resets_at: number;
  };
  readonly client_days: {
    readonly config_folder: string;
    readonly day: string;
    readonly model: string;
    readonly tokens: number | null;
  };
  readonly context_windows: {
    readonly session_id: string;
    readonly model: string;
    readonly window: number;
    readonly at: number;
  };
}

/** Builds queries; never runs one: the store's own drivers do that, see {@link runQuery}. */
export function queryBuilder(): Pick<QueryCreator<Tables>, 'selectFrom' | 'with'> {
  const provider = {
    provideConnection: () => Promise.reject(new Error('Cannot run a query here')),
  };
  const [compiler, adapter] = [new SqliteQueryCompiler(), new SqliteAdapter()];
  return new QueryCreator<Tables>({
    executor: new DefaultQueryExecutor(compiler, adapter, provider),
  });
}

/**
 * A list of any length as one parameter, so that the text of a query, and with it the prepared
 * statement, stays the same. key: the place in the list.
 */
export function bindList(values: readonly string[]): RawBuilder<Listed> {
  return sql<Listed>`json_each(${JSON.stringify(values)})`;
}

/** Whether a text column begins with `start`. An index on the column serves it. */
export function beginsWith(column: RawBuilder<unknown>, start: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${column} BETWEEN ${start} AND ${start} || char(1114111)`;
}

interface Listed {
  readonly key: number;
  readonly value: string;
}

/** Runs a query that was built. */
export async function runQuery(
  database: Database,
  query: { readonly compile: () => CompiledQuery },
): Promise<readonly Row[]> {
  const { sql: text, parameters } = query.compile();
  return await runText(database, text, parameters.map(sqlValue));
}

/** Runs a query that is text. */
export async function runText(
  database: Database,
  text: string,
  values: readonly SqlValue[] = [],
): Promise<readonly Row[]> {
  return (await database.ask?.(text, values)) ?? database.prepare(text).all(...values);
}

/** How many rows a table has. */
export async function countRows(
  database: Database,
  table: 'sessions' | 'events' | 'failure_patterns' | 'team_patterns' | 'usage',
): Promise<number> {
  const query = queryBuilder()
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('n'));
  return Number((await runQuery(database, query))[0]?.['n'] ?? 0);
}

function sqlValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`Cannot pass a ${typeof value} to the store`);
}
