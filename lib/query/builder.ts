import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Database, Row, SqlValue } from '../store/database.ts';

/** The columns that queries of this room read; the schema itself is in lib/store/schema. Times are milliseconds since the epoch. */
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
    readonly first_event_at: number;
    readonly last_event_at: number;
    readonly prompt_count: number;
    readonly operation_count: number;
    readonly checkpoint_data: string | null;
    readonly transcript_state: string;
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
    readonly envelope: string;
  };
  readonly deliveries: {
    readonly event_id: string;
    readonly subscription: string;
    readonly state: 'due' | 'running' | 'done' | 'dead' | 'discarded';
    readonly attempts: number;
    readonly due_at: number;
    readonly claimed_at: number | null;
    readonly started_at: number | null;
    readonly ended_at: number | null;
    readonly last_error: string | null;
    readonly output: string | null;
  };
  readonly failures: { readonly session_id: string | null };
  readonly checkpoints: { readonly session_id: string };
  readonly context_samples: {
    readonly session_id: string;
    readonly message_id: string;
    readonly at: number;
    readonly model: string | null;
    readonly tokens: number;
  };
  readonly context_windows: {
    readonly session_id: string;
    readonly model: string;
    readonly window: number;
    readonly at: number;
  };
}

/** Builds queries; never runs one: the store's own drivers do that, see {@link rowsOf}. */
export function queryBuilder(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

/** A list of any length as one parameter, so that the text of a query, and with it the prepared statement, stays the same. key: the place in the list. */
export function listed(values: readonly string[]): RawBuilder<Listed> {
  return sql<Listed>`json_each(${JSON.stringify(values)})`;
}

interface Listed {
  readonly key: number;
  readonly value: string;
}

/** Runs a query that was built. */
export async function rowsOf(
  database: Database,
  query: { readonly compile: () => CompiledQuery },
): Promise<readonly Row[]> {
  const { sql: text, parameters } = query.compile();
  return database.prepare(text).all(...parameters.map(sqlValue));
}

function sqlValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`Cannot pass a ${typeof value} to the store`);
}
