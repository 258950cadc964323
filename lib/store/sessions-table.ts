import { SAMPLE_PREFIX } from '../events/sample.ts';
import { numberField } from '../core/json.ts';
import type { Database, Row } from './database.ts';
import type { TableDefinition } from './sink.ts';

/** Sessions, of which several rooms tell: each tells columns that merge on their own, in any order. */
export const SESSIONS: TableDefinition = {
  table: 'sessions',
  key: ['id'],
  least: ['first_event_at', 'started_at'],
  greatest: ['last_event_at', 'last_started_at', 'operation_count', 'last_auto_at', 'imported'],
  latest: [
    // identity_whole before the time: an event that tells all three goes before one that names the project alone, whichever is later
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

/** SQL for sessions that have ended and were not resumed since. @param of Alias of the table, with its dot. */
export function hasEndedSql(of = ''): string {
  return `(${of}ended_at IS NOT NULL AND ${of}ended_at >= coalesce(${of}last_started_at, 0))`;
}

/** When a session ended, from a row with `ended_at` and `last_started_at`; `undefined` while it goes on or after it was resumed. */
export function endOf(row: Row): number | undefined {
  const endedAt = numberField(row, 'ended_at');
  return endedAt !== undefined && endedAt >= (numberField(row, 'last_started_at') ?? 0)
    ? endedAt
    : undefined;
}

/** Whether the session is known, and was not forgotten meanwhile. */
export function isKnownSession(database: Database, id: string): boolean {
  return database.prepare('SELECT 1 FROM sessions WHERE id = ?').get(id) !== undefined;
}

/** Sample sessions of proofs that an earlier version made: now they get no row. */
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

/** Sessions with a transcript, by id, from behind `after` on. */
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

/** How many sessions have a transcript. */
export function countTranscripts(database: Database): number {
  const row = database
    .prepare('SELECT count(*) AS n FROM sessions WHERE transcript_path IS NOT NULL')
    .get();
  return Number(row?.['n'] ?? 0);
}

/** Deletes the row of a session, in a store of any schema. @returns how many rows went. */
export function removeSessionRow(database: Database, id: string): number {
  return database.prepare('DELETE FROM sessions WHERE id = ?').run(id).changes;
}
