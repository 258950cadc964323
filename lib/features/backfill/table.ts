import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';

/**
 * The client's own statistics for a day, for days whose transcripts are gone. `model` is empty for
 * the total of all models.
 */
export const CLIENT_DAYS: TableDefinition = {
  table: 'client_days',
  key: ['config_folder', 'day', 'model'],
  greatest: ['tokens', 'messages', 'sessions', 'calls'],
};

/** Returns the config folders that recorded sessions named. */
export function readConfigFolders(database: Database): readonly string[] {
  return database
    .prepare(
      'SELECT DISTINCT config_folder AS folder FROM sessions WHERE config_folder IS NOT NULL ORDER BY 1',
    )
    .all()
    .map(({ folder }) => String(folder));
}

/** What the store knows about a session before it is imported. */
export interface KnownSession {
  /** Whether hooks recorded it. */
  readonly isFromHooks: boolean;
  /** `null` if it was not imported. */
  readonly imported: string | null;
}

/** Returns what is known about a session; `undefined` if the store does not know it. */
export function readKnownSession(database: Database, id: string): KnownSession | undefined {
  const row = database
    .prepare(
      // its events may have been deleted by age
      'SELECT imported, imported IS NULL OR EXISTS (SELECT 1 FROM events WHERE session_id = ?1) AS hooked FROM sessions WHERE id = ?1',
    )
    .get(id);
  if (row === undefined) return undefined;
  const { imported, hooked } = row;
  return { isFromHooks: hooked === 1, imported: imported === null ? null : String(imported) };
}

const ELSEWHERE = `SELECT message_id AS id FROM usage
  WHERE message_id IN (SELECT value FROM json_each(?)) AND session_id IS NOT NULL AND session_id <> ?`;

/** Returns the answers that another session already has: here they are copies. */
export function readAnswersOfOthers(
  database: Database,
  session: string,
  answers: readonly string[],
): ReadonlySet<string> {
  const rows = database.prepare(ELSEWHERE).all(JSON.stringify(answers), session);
  return new Set(rows.map(({ id }) => String(id)));
}

const PROMPT = `SELECT 1 FROM sessions s JOIN messages m ON m.session_id = s.id
  WHERE s.project = ?1 AND m.at BETWEEN ?2 AND ?3 AND m.role = 'prompt' LIMIT 1`;

/** Whether a session of this project has a prompt of that time. */
export function hasPromptAround(
  database: Database,
  project: string,
  from: number,
  to: number,
): boolean {
  return database.prepare(PROMPT).get(project, from, to) !== undefined;
}

/** Whether the calls of a session have not been learned from yet. */
export function hasUnlearnedCalls(database: Database, session: string): boolean {
  return (
    database.prepare('SELECT 1 FROM unlearned WHERE session_id = ? LIMIT 1').get(session) !==
    undefined
  );
}

/** Returns the folder of a session whose calls have not been learned from yet. */
export function readUnlearnedFolder(database: Database, session: string): string | undefined {
  const row = database.prepare('SELECT project FROM sessions WHERE id = ?').get(session);
  return hasUnlearnedCalls(database, session) ? stringField(row ?? {}, 'project') : undefined;
}

/** Whether a session has calls of agents. */
export function hasAgents(database: Database, session: string): boolean {
  return (
    database.prepare('SELECT 1 FROM agents WHERE session_id = ? LIMIT 1').get(session) !== undefined
  );
}

/** Counts the days of the client's statistics for which no transcript has usage. */
export function countDaysWithoutTranscripts(database: Database): number {
  const row = database
    .prepare(
      `SELECT count(DISTINCT day) AS n FROM client_days
       WHERE day NOT IN (SELECT strftime('%Y-%m-%d', at / 1000, 'unixepoch', 'localtime') FROM usage)`,
    )
    .get();
  return numberField(row ?? {}, 'n') ?? 0;
}

/** Counts imported sessions whose last event is older than `before`. */
export function countImportedBefore(database: Database, before: number): number {
  const row = database
    .prepare('SELECT count(*) AS n FROM sessions WHERE imported IS NOT NULL AND last_event_at < ?')
    .get(before);
  return numberField(row ?? {}, 'n') ?? 0;
}
