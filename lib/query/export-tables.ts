import { isoTime } from '../core/clock.ts';
import { parseJson } from '../core/json.ts';
import type { Database, Row, SqlValue } from '../store/database.ts';

/** How a column is given out: a time as ISO, JSON as what it says, a flag as true or false. */
type ColumnKind = 'text' | 'number' | 'time' | 'json' | 'flag';

/**
 * Rows of the store as others read them. Names of tables and columns are a contract, whatever the
 * schema is.
 */
export interface ExportTable {
  readonly name: string;
  readonly columns: readonly string[];
  /**
   * Its rows in the order of their key, read a piece at a time. Rows that are written meanwhile may
   * come or not.
   */
  rows(database: Database, since: number | undefined): Generator<ExportRow>;
}

export type ExportRow = Readonly<Record<string, unknown>>;

interface TableText {
  readonly from: string;
  /** What makes a row the only one, in the order of an index. */
  readonly key: readonly string[];
  /** SQL for the time that `since` is compared with, in milliseconds since the epoch. */
  readonly time: string;
  /** Column and kind; with a third part SQL of its own. */
  readonly columns: ReadonlyArray<readonly [name: string, kind: ColumnKind, sql?: string]>;
}

/** Rows that are in memory at once. */
const ROWS_AT_ONCE = 500;

const CALL = [
  ['session_id', 'text'],
  ['agent_id', 'text'],
  ['tool_use_id', 'text'],
  ['tool', 'text'],
  ['target', 'text'],
] as const;

const NO_USAGE =
  "day NOT IN (SELECT strftime('%Y-%m-%d', at / 1000, 'unixepoch', 'localtime') FROM usage WHERE at IS NOT NULL)";

const TABLES: Readonly<Record<string, TableText>> = {
  sessions: {
    from: 'sessions',
    key: ['id'],
    time: 'last_event_at',
    columns: [
      ['id', 'text'],
      ['title', 'text'],
      ['project', 'text'],
      ['worktree', 'text'],
      ['repository', 'text'],
      ['config_folder', 'text'],
      ['model', 'text'],
      ['started_at', 'time', 'coalesce(started_at, first_event_at)'],
      ['ended_at', 'time'],
      ['end_reason', 'text'],
      ['last_event_at', 'time'],
      ['operation_count', 'number'],
      ['imported', 'text'],
    ],
  },
  messages: {
    from: 'messages',
    key: ['session_id', 'id'],
    time: 'at',
    columns: [
      ['session_id', 'text'],
      ['id', 'text'],
      ['role', 'text'],
      ['at', 'time'],
      ['agent_id', 'text'],
      ['text', 'text'],
      ['length', 'number'],
    ],
  },
  operations: {
    from: 'operation_outcomes',
    key: ['tool_use_id'],
    time: 'at',
    columns: [
      ...CALL,
      ['at', 'time'],
      ['ended_at', 'time'],
      ['outcome', 'text'],
      ['error', 'text'],
    ],
  },
  failures: {
    from: 'failures',
    key: ['id'],
    time: 'at',
    columns: [['id', 'text'], ...CALL, ['at', 'time'], ['error', 'text']],
  },
  patterns: {
    from: 'failure_patterns',
    key: ['id'],
    time: 'last_at',
    columns: [
      ['id', 'text'],
      ['tool', 'text'],
      ['command', 'text'],
      ['error', 'text'],
      ['kind', 'text'],
      ['sessions', 'number'],
      ['projects', 'number'],
      ['last_at', 'time'],
    ],
  },
  fixes: {
    from: 'failure_fixes',
    key: ['pattern_id', 'evidence'],
    time: 'at',
    columns: [
      ['pattern_id', 'text'],
      ['evidence', 'text'],
      ['session_id', 'text'],
      ['at', 'time'],
      ['text', 'text'],
      ['is_edit', 'flag'],
      ['count', 'number'],
    ],
  },
  checkpoints: {
    from: 'checkpoints',
    key: ['id'],
    time: 'at',
    columns: [
      ['id', 'text'],
      ['session_id', 'text'],
      ['agent_id', 'text'],
      ['kind', 'text'],
      ['at', 'time'],
      ['saved_by', 'text'],
      ['operation_count', 'number'],
      ['git_head', 'text'],
      ['git_branch', 'text'],
      ['note', 'text'],
    ],
  },
  agents: {
    from: 'agents',
    key: ['session_id', 'agent_id'],
    time: 'coalesce(started_at, stopped_at, answer_at, reported_at)',
    columns: [
      ['session_id', 'text'],
      ['agent_id', 'text'],
      ['type', 'text'],
      ['tool_use_id', 'text'],
      ['started_at', 'time'],
      ['stopped_at', 'time', 'coalesce(stopped_at, reported_at)'],
      ['model', 'text', 'answer_model'],
      ['status', 'text', 'reported_status'],
      ['tokens', 'number', 'reported_tokens'],
      ['duration_ms', 'number', 'reported_ms'],
      ['tool_uses', 'number'],
    ],
  },
  usage: {
    from: 'usage',
    key: ['message_id', 'request_id'],
    time: 'at',
    columns: [
      ['message_id', 'text'],
      ['request_id', 'text'],
      ['session_id', 'text'],
      ['agent_id', 'text'],
      ['at', 'time'],
      ['model', 'text'],
      ['tier', 'text'],
      ['input', 'number'],
      ['output', 'number'],
      ['cache_read', 'number'],
      ['cache_write_5m', 'number'],
      ['cache_write_1h', 'number'],
      ['web_searches', 'number'],
    ],
  },
  'client-days': {
    from: 'client_days',
    key: ['config_folder', 'day', 'model'],
    time: "strftime('%s', day, 'utc') * 1000",
    columns: [
      ['config_folder', 'text'],
      ['day', 'text'],
      ['model', 'text', "nullif(model, '')"],
      ['tokens', 'number'],
      ['messages', 'number'],
      ['sessions', 'number'],
      ['calls', 'number'],
      ['is_without_transcripts', 'flag', NO_USAGE],
    ],
  },
  tags: {
    from: 'session_tags',
    key: ['session_id', 'tag'],
    time: 'at',
    columns: [
      ['session_id', 'text'],
      ['tag', 'text'],
      ['at', 'time'],
    ],
  },
  events: {
    from: 'events',
    key: ['seq', 'id'],
    time: 'at',
    columns: [
      ['id', 'text'],
      ['type', 'text'],
      ['at', 'time'],
      ['stored_at', 'time'],
      ['source', 'text'],
      ['session_id', 'text'],
      ['correlation_id', 'text'],
      ['cause', 'text'],
      ['copy_of', 'text'],
      ['envelope', 'json'],
    ],
  },
};

/** Every table that can be exported, by its name. */
export const EXPORT_TABLES: ReadonlyMap<string, ExportTable> = new Map(
  Object.entries(TABLES).map(([name, table]) => [
    name,
    {
      name,
      columns: table.columns.map(([column]) => column),
      rows: (database, since) => rowsOfTable(database, table, since),
    },
  ]),
);

function* rowsOfTable(
  database: Database,
  table: TableText,
  since: number | undefined,
): Generator<ExportRow> {
  let last: readonly SqlValue[] | undefined;
  for (;;) {
    const rows = database
      .prepare(textOf(table, { isLater: last !== undefined, isSince: since !== undefined }))
      .all(...(last ?? []), ...(since === undefined ? [] : [since]), ROWS_AT_ONCE);
    for (const row of rows) yield exported(table, row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < ROWS_AT_ONCE) return;
    last = table.key.map((_column, place) => end[`key_${place}`] ?? null);
  }
}

function textOf(
  { from, key, time, columns }: TableText,
  { isLater, isSince }: { readonly isLater: boolean; readonly isSince: boolean },
): string {
  const selected = [
    ...key.map((column, place) => `${column} AS key_${place}`),
    ...columns.map(([name, , sql = name]) => `${sql} AS "${name}"`),
  ];
  const conditions = [
    ...(isLater ? [`(${key.join(', ')}) > (${key.map(() => '?').join(', ')})`] : []),
    ...(isSince ? [`${time} >= ?`] : []),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${selected.join(', ')} FROM ${from} ${where} ORDER BY ${key.join(', ')} LIMIT ?`;
}

function exported({ columns }: TableText, row: Row): ExportRow {
  return Object.fromEntries(
    columns.map(([name, kind]) => [name, shownValue(kind, row[name] ?? null)]),
  );
}

function shownValue(kind: ColumnKind, value: SqlValue): unknown {
  if (value === null) return null;
  if (kind === 'time') return isTime(value) ? isoTime(value) : null;
  if (kind === 'flag') return value === 1;
  return kind === 'json' ? (parseJson(String(value)) ?? value) : value;
}

/**
 * A transcript may claim any number for a time; one that no calendar has must not end the export.
 */
function isTime(value: SqlValue): value is number {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}
