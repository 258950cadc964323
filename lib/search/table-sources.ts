import type { Database, Row } from '../store/database.ts';
import { dataVersion } from '../store/pragmas.ts';
import { hasEndedSql } from '../store/sessions-table.ts';

/** A session as the store knows it. */
export interface SourceSession {
  readonly id: string;
  readonly client: string;
  readonly transcriptPath: string | undefined;
  readonly project: string;
  readonly worktree: string;
  readonly title: string | undefined;
  readonly startedAt: number;
  readonly lastEventAt: number;
  readonly hasEnded: boolean;
  /** Whether there is a transcript that can be read. */
  readonly hasTranscript: boolean;
  /** Differs when there may be something new to index. */
  readonly seen: string;
}

const SESSIONS = `SELECT id, client, transcript_path, project, worktree, title, coalesce(first_event_at, started_at, 0) AS started_at,
  coalesce(last_event_at, 0) AS last_event_at, coalesce(transcript_read_at, 0) AS read_at, ${hasEndedSql()} AS has_ended,
  transcript_path IS NOT NULL AND coalesce(transcript_state, '') NOT IN ('missing', 'unreadable') AS has_transcript FROM sessions`;

/** Differs from an earlier answer once something was written, by this process or another. */
export function readStoreChangeSign(store: Database): string {
  const changes = store.prepare('SELECT total_changes() AS n').get()?.['n'];
  return `${dataVersion(store)} ${String(changes)}`;
}

export function sourceSession(store: Database, id: string): SourceSession | undefined {
  const row = store.prepare(`${SESSIONS} WHERE id = ?`).get(id);
  return row === undefined ? undefined : sourceOf(row);
}

/** Every session, the latest first, with what tells whether it has changed. */
export function listSourceSigns(
  store: Database,
): ReadonlyArray<Pick<SourceSession, 'id' | 'lastEventAt' | 'seen'>> {
  return store
    .prepare(
      `SELECT id, title, coalesce(last_event_at, 0) AS last_event_at, coalesce(transcript_read_at, 0) AS read_at
        FROM sessions ORDER BY last_event_at DESC`,
    )
    .all()
    .map((row) => ({
      id: String(row['id']),
      lastEventAt: Number(row['last_event_at']),
      seen: seenOf(row),
    }));
}

function sourceOf(row: Row): SourceSession {
  return {
    id: String(row['id']),
    client: String(row['client']),
    transcriptPath: row['transcript_path'] === null ? undefined : String(row['transcript_path']),
    project: String(row['project'] ?? ''),
    worktree: String(row['worktree'] ?? ''),
    title: row['title'] === null ? undefined : String(row['title']),
    startedAt: Number(row['started_at']),
    lastEventAt: Number(row['last_event_at']),
    hasEnded: row['has_ended'] === 1,
    hasTranscript: row['has_transcript'] === 1,
    seen: seenOf(row),
  };
}

function seenOf(row: Row): string {
  return `${row['last_event_at']} ${row['read_at']} ${row['title'] ?? ''}`;
}

/** The title in what {@link SourceSession.seen} has. */
export function titleOfSign(seen: string): string {
  return seen.split(' ').slice(2).join(' ');
}

/** A call as the store has it: redacted and cut. */
export interface SourceCall {
  readonly id: string;
  readonly tool: string;
  readonly target: string;
  readonly error: string;
  readonly outcome: string;
  readonly at: number;
}

const CALLS =
  'SELECT tool_use_id, tool, target, error, outcome, at FROM operation_outcomes WHERE session_id = ?1 AND';

/** A call of this session; one that a fork copied is another's. */
export function readSourceCall(
  store: Database,
  session: string,
  id: string,
): SourceCall | undefined {
  return store.prepare(`${CALLS} tool_use_id = ?2`).all(session, id).map(toCall)[0];
}

export function readSourceCalls(
  store: Database,
  session: string,
  ids: readonly string[],
): readonly SourceCall[] {
  return store
    .prepare(`${CALLS} tool_use_id IN (SELECT value FROM json_each(?2))`)
    .all(session, JSON.stringify(ids))
    .map(toCall);
}

/** The calls of a session that came to an end, or all of them. */
export function callIds(store: Database, session: string, isOver: boolean): readonly string[] {
  return store
    .prepare(
      'SELECT tool_use_id FROM operations WHERE session_id = ? AND (? OR ended_at IS NOT NULL)',
    )
    .all(session, isOver ? 1 : 0)
    .map((row) => String(row['tool_use_id']));
}

function toCall(row: Row): SourceCall {
  return {
    id: String(row['tool_use_id']),
    tool: String(row['tool'] ?? ''),
    target: String(row['target'] ?? ''),
    error: String(row['error'] ?? ''),
    outcome: String(row['outcome']),
    at: Number(row['at'] ?? 0),
  };
}

/** The head of a message, or of a prompt that is known from its hook only. */
export interface SourceMessage {
  readonly id: string;
  readonly role: 'prompt' | 'answer';
  readonly text: string;
  readonly at: number;
}

export function hasMessage(store: Database, session: string, id: string): boolean {
  return (
    store.prepare('SELECT 1 FROM messages WHERE session_id = ? AND id = ?').get(session, id) !==
    undefined
  );
}

export function messageIds(store: Database, session: string): readonly string[] {
  return store
    .prepare('SELECT id FROM messages WHERE session_id = ?')
    .all(session)
    .map((row) => String(row['id']));
}

export function readMessages(
  store: Database,
  session: string,
  ids: readonly string[],
): readonly SourceMessage[] {
  return store
    .prepare(
      'SELECT id, role, at, text FROM messages WHERE session_id = ? AND id IN (SELECT value FROM json_each(?))',
    )
    .all(session, JSON.stringify(ids))
    .map(toMessage);
}

/** Prompts that hooks reported. */
export function readLoggedPrompts(store: Database, session: string): readonly SourceMessage[] {
  return store
    .prepare(
      `SELECT l.id, 'prompt' AS role, l.at, l.detail AS text FROM session_log l JOIN prompts p ON p.session_id = l.session_id AND p.id = l.id
        WHERE l.session_id = ? AND l.kind = 'prompt_submitted' AND l.detail IS NOT NULL`,
    )
    .all(session)
    .map(toMessage);
}

function toMessage(row: Row): SourceMessage {
  return {
    id: String(row['id']),
    role: row['role'] === 'answer' ? 'answer' : 'prompt',
    text: String(row['text']),
    at: Number(row['at']),
  };
}
