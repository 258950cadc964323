import { SAMPLE_PREFIX } from '../events/sample.ts';
import { numberField, stringField } from '../core/json.ts';
import type { Database, Row } from './database.ts';
import type { TableDefinition } from './sink.ts';

/**
 * Sessions. Several rooms write them: each writes columns that merge independently, in any order.
 */
export const SESSIONS: TableDefinition = {
  table: 'sessions',
  key: ['id'],
  least: ['first_event_at', 'started_at'],
  greatest: ['last_event_at', 'last_started_at', 'operation_count', 'last_auto_at', 'imported'],
  latest: [
    // identity_whole is compared before the time: an event with all three values wins over one that
    // names only the project, whichever is later.
    ['identity_whole', 'identity_at', 'project', 'worktree', 'repository'],
    ['transcript_at', 'transcript_path'],
    ['config_folder_at', 'config_folder'],
    ['model_at', 'model'],
    ['ended_at', 'end_reason'],
    ['client_at', 'client_pid', 'client_started'],
    ['custom_title_at', 'custom_title'],
    ['ai_title_at', 'ai_title'],
    ['summary_title_at', 'summary_title'],
    ['checkpoint_at', 'checkpoint_id', 'checkpoint_by', 'checkpoint_kind'],
  ],
  replaced: ['transcript_state', 'transcript_read_at'],
};

/**
 * Returns SQL for sessions that have ended and were not resumed.
 * @param of Alias of the table, with its dot.
 */
export function hasEndedSql(of = ''): string {
  return `(${of}ended_at IS NOT NULL AND ${of}ended_at >= coalesce(${of}last_started_at, 0))`;
}

/**
 * Returns when a session ended, from a row with `ended_at` and `last_started_at`; `undefined` while
 * it runs or after it was resumed.
 */
export function endOf(row: Row): number | undefined {
  const endedAt = numberField(row, 'ended_at');
  return endedAt !== undefined && endedAt >= (numberField(row, 'last_started_at') ?? 0)
    ? endedAt
    : undefined;
}

/** Whether the session is known and was not forgotten. */
export function isKnownSession(database: Database, id: string): boolean {
  return database.prepare('SELECT 1 FROM sessions WHERE id = ?').get(id) !== undefined;
}

/** Returns sample sessions that an earlier version stored. New ones get no row. */
export function sampleSessions(database: Database): readonly string[] {
  return database
    .prepare(`SELECT id FROM sessions WHERE id GLOB '${SAMPLE_PREFIX}*'`)
    .all()
    .map(({ id }) => String(id));
}

/** A session whose transcript is known. */
export interface SessionTranscript {
  readonly id: string;
  readonly path: string;
}

/** Returns sessions with a transcript, ordered by id, after `after`. */
export function transcriptsAfter(
  database: Database,
  after: string,
  most: number,
): readonly SessionTranscript[] {
  return database
    .prepare(
      'SELECT id, transcript_path FROM sessions WHERE id > ? AND transcript_path IS NOT NULL ORDER BY id LIMIT ?',
    )
    .all(after, most)
    .map((row) => ({ id: String(row['id']), path: String(row['transcript_path']) }));
}

/** Returns the transcript of a session; `undefined` if it is not known. */
export function transcriptOf(database: Database, id: string): string | undefined {
  const row = database.prepare('SELECT transcript_path FROM sessions WHERE id = ?').get(id);
  return stringField(row ?? {}, 'transcript_path');
}

/** Counts the sessions with a transcript. */
export function countTranscripts(database: Database): number {
  const row = database
    .prepare('SELECT count(*) AS n FROM sessions WHERE transcript_path IS NOT NULL')
    .get();
  return Number(row?.['n'] ?? 0);
}

/**
 * Deletes the row of a session, in a store of any schema.
 * @returns how many rows were deleted.
 */
export function removeSessionRow(database: Database, id: string): number {
  return database.prepare('DELETE FROM sessions WHERE id = ?').run(id).changes;
}
