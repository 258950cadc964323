import { ACCOUNT_LIMITS } from '../features/account/table.ts';
import { CLIENT_DAYS } from '../features/backfill/table.ts';
import { CHECKPOINTS } from '../features/checkpoint/table.ts';
import { CONTEXT_CROSSINGS, CONTEXT_WINDOWS } from '../features/context/table.ts';
import { FIX_COMMANDS, LEARNED_FIXES, FIX_ATTEMPTS } from '../features/failure/table-fixes.ts';
import {
  FAILURE_PATTERNS,
  IMPORTED_BASES,
  PATTERN_CHOICES,
} from '../features/failure/table-patterns.ts';
import { FAILURES, RUNS } from '../features/failure/table-runs.ts';
import {
  CONTEXT_SAMPLES,
  MESSAGES,
  OPERATIONS,
  RESULT_SIZES,
  TASK_STATES,
  TODO_LISTS,
  USAGE,
} from '../features/operation/table.ts';
import { AGENT_RUNS, ROUTING_ADVICE, ROUTINGS, TASKS } from '../features/routing/table.ts';
import { PROMPTS, SESSION_LOG, SESSION_TAGS } from '../features/session/table.ts';
import { HOOK_MESSAGES } from '../features/hook-messages/table.ts';
import { AGENTS_TABLE } from '../store/agents-table.ts';
import { SHARED_EVENTS } from '../store/apply-events.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import type { Shapes } from '../store/postgres/postgres-sink.ts';
import type { TeamTables } from '../store/postgres/migrate-postgres.ts';
import {
  type SharedTable,
  storeTables,
  tableShape,
  toldColumns,
} from '../store/postgres/table-shape.ts';
import type { TrackedTable } from '../store/changed-rows.ts';
import { FORGOTTEN } from '../store/forgotten.ts';
import { SESSIONS } from '../store/sessions-table.ts';
import type { TableDefinition } from '../store/sink.ts';
import type { FieldGroup } from './field-groups.ts';

/** A table whose rows other machines may see. */
export interface Sharing {
  readonly into: TableDefinition;
  /** The column with the session of a row; `pattern`: it belongs to the sessions of a pattern. */
  readonly session?: string;
  readonly pattern?: string;
  /** Columns that are sent only with a group; the others go with the figures. */
  readonly only?: Readonly<Partial<Record<FieldGroup, readonly string[]>>>;
  /** Columns that no other machine needs. */
  readonly leftOut?: readonly string[];
  readonly isCommon?: boolean;
}

/** Whatever wrote a row: the store has one of each, so the later state counts. */
const asReplaced = ({ table, key }: TableDefinition): TableDefinition => ({ table, key });

const OF_SESSION = { session: 'session_id' } as const;

/** Every shared table. Rows of events are found by their number, all others by what changed. */
export const SHARED: readonly Sharing[] = [
  { into: SHARED_EVENTS, ...OF_SESSION },
  {
    into: SESSIONS,
    session: 'id',
    only: {
      places: ['config_folder', 'project', 'worktree', 'repository', 'transcript_path'],
      texts: ['custom_title', 'ai_title', 'summary_title'],
    },
    leftOut: ['client_pid', 'client_started', 'client_at', 'transcript_read_at'],
  },
  { into: CHECKPOINTS, ...OF_SESSION, only: { commands: ['target'], texts: ['note'] } },
  { into: SESSION_LOG, ...OF_SESSION, only: { texts: ['detail'] } },
  { into: PROMPTS, ...OF_SESSION },
  { into: MESSAGES, ...OF_SESSION, only: { texts: ['text'] } },
  { into: SESSION_TAGS, ...OF_SESSION },
  { into: TODO_LISTS, ...OF_SESSION, only: { texts: ['items'] } },
  { into: TASK_STATES, ...OF_SESSION },
  { into: TASKS, ...OF_SESSION, only: { texts: ['subject'] } },
  {
    into: OPERATIONS,
    session: 'session_id',
    only: { commands: ['hook_target', 'hook_error', 'call_target', 'transcript_error'] },
  },
  { into: CONTEXT_SAMPLES, ...OF_SESSION },
  { into: CONTEXT_WINDOWS, ...OF_SESSION },
  { into: CONTEXT_CROSSINGS, ...OF_SESSION },
  { into: RESULT_SIZES, ...OF_SESSION },
  { into: USAGE, ...OF_SESSION },
  { into: AGENTS_TABLE, ...OF_SESSION },
  { into: ROUTINGS, ...OF_SESSION, only: { texts: ['description'] } },
  { into: AGENT_RUNS, ...OF_SESSION },
  { into: HOOK_MESSAGES, ...OF_SESSION, only: { texts: ['detail'] } },
  { into: FAILURES, ...OF_SESSION, only: { commands: ['target', 'error'] } },
  {
    into: RUNS,
    ...OF_SESSION,
    only: { places: ['project', 'repository'], commands: ['exact', 'command', 'error'] },
  },
  { into: asReplaced(LEARNED_FIXES), pattern: 'pattern_id', only: { commands: ['text'] } },
  { into: FIX_ATTEMPTS, ...OF_SESSION, only: { commands: ['exact'] } },
  {
    into: FAILURE_PATTERNS,
    pattern: 'id',
    only: { commands: ['command', 'error', 'needle'] },
    isCommon: true,
  },
  {
    into: asReplaced(IMPORTED_BASES),
    pattern: 'pattern_id',
    only: { places: ['projects'], commands: ['last_error', 'last_command', 'failed'] },
    isCommon: true,
  },
  {
    into: PATTERN_CHOICES,
    pattern: 'pattern_id',
    only: { commands: ['action_fix', 'confirmed_fix'] },
    isCommon: true,
  },
  { into: FIX_COMMANDS, pattern: 'pattern_id', isCommon: true },
  { into: ACCOUNT_LIMITS, only: { places: ['config_folder'] }, isCommon: true },
  { into: CLIENT_DAYS, only: { places: ['config_folder'] }, isCommon: true },
  { into: ROUTING_ADVICE, isCommon: true },
];

/** Shared tables with the columns that a store of this program has. */
export function sharedTables(store: Database): readonly SharedTable[] {
  return SHARED.map(({ into, session, isCommon = false, leftOut = [] }) => ({
    shape: tableShape(store, into, leftOut),
    unshared: tableShape(store, into).columns.filter(({ name }) => leftOut.includes(name)),
    session,
    isCommon,
    ...(into === SHARED_EVENTS ? { month: 'at' } : {}),
  }));
}

/** Every table of a store: those that are shared, and those that stay on the machine. */
export function teamTables(store: Database): TeamTables {
  const shared = sharedTables(store);
  const isShared = new Set(shared.map(({ shape }) => shape.definition.table));
  const names = storeTables(store).filter((name) => !isShared.has(name));
  return { shared, local: names.map((table) => tableShape(store, { table, key: [] })) };
}

/** The same for a program that has no store at hand: made in memory. */
export function teamTablesOfProgram(open: OpenDatabase): TeamTables {
  const store = open(':memory:');
  try {
    migrate(store);
    return teamTables(store);
  } finally {
    store.close();
  }
}

/** Whose changes are noted in the store, and which of their columns count. */
export function trackedTables(tables: readonly SharedTable[]): readonly TrackedTable[] {
  const shared = tables
    .filter(({ month }) => month === undefined) // events are found by their number
    .map(({ shape }) => ({
      table: shape.definition.table,
      key: shape.definition.key,
      columns: toldColumns(shape)
        .map(({ name }) => name)
        .filter((name) => !shape.definition.key.includes(name)),
    }));
  return [...shared, { ...FORGOTTEN, columns: [] }];
}

export function shapesOf(tables: readonly SharedTable[]): Shapes {
  return new Map(tables.map(({ shape }) => [shape.definition.table, shape]));
}
