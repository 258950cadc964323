import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';

/** What the client's own statistics say of a day, for days whose transcripts have gone. `model`: empty for all of them. */
export const CLIENT_DAYS: TableDefinition = {
  table: 'client_days',
  key: ['config_folder', 'day', 'model'],
  greatest: ['tokens', 'messages', 'sessions', 'calls'],
};

/** Config folders that sessions told of. */
export function knownConfigFolders(database: Database): readonly string[] {
  return database
    .prepare(
      'SELECT DISTINCT config_folder AS folder FROM sessions WHERE config_folder IS NOT NULL ORDER BY 1',
    )
    .all()
    .map(({ folder }) => String(folder));
}

/** What is known of a session before it is imported. */
export interface KnownSession {
  /** Whether hooks told of it. */
  readonly isFromHooks: boolean;
  /** `null`: it was not imported. */
  readonly imported: string | null;
}

/** `undefined` for a session that is not known. */
export function knownSession(database: Database, id: string): KnownSession | undefined {
  const row = database
    .prepare(
      'SELECT imported, EXISTS (SELECT 1 FROM events WHERE session_id = ?1) AS hooked FROM sessions WHERE id = ?1',
    )
    .get(id);
  if (row === undefined) return undefined;
  const { imported, hooked } = row;
  return { isFromHooks: hooked === 1, imported: imported === null ? null : String(imported) };
}

const ELSEWHERE = `SELECT message_id AS id FROM usage
  WHERE message_id IN (SELECT value FROM json_each(?)) AND session_id IS NOT NULL AND session_id <> ?`;

/** Those of the answers that another session has: here they are copies. */
export function answersOfOthers(
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

/** Whether there is something to learn from the calls of a session. */
export function hasUnlearned(database: Database, session: string): boolean {
  return (
    database.prepare('SELECT 1 FROM unlearned WHERE session_id = ? LIMIT 1').get(session) !==
    undefined
  );
}

/** The folder of a session from whose calls there is something to learn. */
export function unlearnedFolder(database: Database, session: string): string | undefined {
  const row = database.prepare('SELECT project FROM sessions WHERE id = ?').get(session);
  return hasUnlearned(database, session) ? stringField(row ?? {}, 'project') : undefined;
}

/** Whether a session has calls of agents. */
export function hasAgents(database: Database, session: string): boolean {
  return (
    database.prepare('SELECT 1 FROM agents WHERE session_id = ? LIMIT 1').get(session) !== undefined
  );
}

/** Days of the client's statistics on which no transcript tells of usage. */
export function countDaysWithoutTranscripts(database: Database): number {
  const row = database
    .prepare(
      `SELECT count(DISTINCT day) AS n FROM client_days
       WHERE day NOT IN (SELECT strftime('%Y-%m-%d', at / 1000, 'unixepoch', 'localtime') FROM usage)`,
    )
    .get();
  return numberField(row ?? {}, 'n') ?? 0;
}

/** Imported sessions whose last event is older. */
export function countImportedBefore(database: Database, before: number): number {
  const row = database
    .prepare('SELECT count(*) AS n FROM sessions WHERE imported IS NOT NULL AND last_event_at < ?')
    .get(before);
  return numberField(row ?? {}, 'n') ?? 0;
}
