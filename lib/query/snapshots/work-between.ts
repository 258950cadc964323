import { isoTime } from '../../core/clock.ts';
import { objectField, parseJsonObject, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { bindList, queryBuilder, runQuery } from '../builder.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';

/** A prompt, as far as hooks reported it. */
export interface PromptWords {
  readonly prompt: string | null;
  readonly session: string | null;
  /** ISO 8601. */
  readonly at: string;
  /** Its first words, redacted. */
  readonly text: string;
}

/** A call that can have changed files. */
export interface ChangingCall {
  readonly id: string;
  readonly session: string;
  readonly at: string;
  readonly tool: string;
  readonly target: string;
  readonly outcome: string;
}

/** What was asked for and done between two moments. */
export interface WorkBetween {
  readonly prompts: readonly PromptWords[];
  readonly calls: readonly ChangingCall[];
}

/** Tools whose calls change files. */
const CHANGING = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit', 'Bash', 'PowerShell'];

const MAX_CALLS = 200;

/**
 * Prompts and changing calls of these sessions from `from` on, up to and without `until`, in
 * milliseconds since the epoch; in the order of time.
 */
export async function readWork(
  database: Database,
  sessions: readonly string[],
  from: number,
  until: number,
): Promise<WorkBetween> {
  const calls = queryBuilder()
    .selectFrom('operation_outcomes')
    .select(['tool_use_id', 'session_id', 'at', 'tool', 'target', 'outcome'])
    .where('session_id', 'in', anyOf(sessions))
    .where('tool', 'in', CHANGING)
    .where('at', '>=', from)
    .where('at', '<', until)
    .orderBy('at')
    .orderBy('tool_use_id')
    .limit(MAX_CALLS);
  return {
    prompts: await readPrompts(database, sessions, from, until),
    calls: (await runQuery(database, calls)).map((row) => ({
      id: readTextColumn(row, 'tool_use_id') ?? '',
      session: readTextColumn(row, 'session_id') ?? '',
      at: isoTime(readNumberColumn(row, 'at') ?? 0),
      tool: readTextColumn(row, 'tool') ?? '',
      target: readTextColumn(row, 'target') ?? '',
      outcome: readTextColumn(row, 'outcome') ?? 'running',
    })),
  };
}

function anyOf(values: readonly string[]) {
  return queryBuilder().selectFrom(bindList(values).as('wanted')).select('wanted.value');
}

/** The first words of every prompt of these sessions in that time. */
export async function readPrompts(
  database: Database,
  sessions: readonly string[],
  from: number,
  until: number,
): Promise<readonly PromptWords[]> {
  const query = queryBuilder()
    .selectFrom('events')
    .select(['at', 'envelope'])
    .where('session_id', 'in', anyOf(sessions))
    .where('type', '=', 'session.prompt_submitted')
    .where('copy_of', 'is', null)
    .where('at', '>=', from)
    .where('at', '<', until)
    .orderBy('at')
    .orderBy('seq');
  return (await runQuery(database, query)).map((row) => {
    const payload = objectField(
      parseJsonObject(readTextColumn(row, 'envelope') ?? '') ?? {},
      'payload',
    );
    return {
      prompt: stringField(payload, 'prompt_id') ?? null,
      session: stringField(payload, 'session_id') ?? null,
      at: isoTime(readNumberColumn(row, 'at') ?? 0),
      text: stringField(payload, 'prompt') ?? '',
    };
  });
}
