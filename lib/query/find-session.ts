import { textOf } from './row.ts';
import { WaymarkError } from '../core/errors.ts';
import type { Database } from '../store/database.ts';

/**
 * The whole id of the session that `wanted` means: an id, the unique beginning of one, or `last`.
 * @throws {@link WaymarkError} NOT_FOUND when there is none, USAGE when several begin so.
 */
export function findSession(database: Database, wanted: string): string {
  if (wanted === 'last') return latest(database);
  const found = database
    .prepare('SELECT id FROM sessions WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 5')
    .all(wanted);
  const ids = found.map((row) => String(row['id']));
  if (ids.includes(wanted)) return wanted;
  if (ids.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot tell which session ${wanted} is: ${ids.join(', ')} begin so`,
      { remedy: 'Give more of the id.' },
    );
  return ids[0] ?? notFound(wanted);
}

/** The latest session whose project or work tree is one of these folders, or `undefined`. */
export function latestSessionOf(
  database: Database,
  folders: readonly string[],
): string | undefined {
  const marks = folders.map(() => '?').join(', ');
  const sql = `SELECT id FROM sessions WHERE project IN (${marks}) OR worktree IN (${marks}) ORDER BY last_event_at DESC, id LIMIT 1`;
  const id = database.prepare(sql).get(...folders, ...folders)?.['id'];
  return typeof id === 'string' ? id : undefined;
}

function latest(database: Database): string {
  const id = database
    .prepare('SELECT id FROM sessions ORDER BY last_event_at DESC, id LIMIT 1')
    .get()?.['id'];
  return typeof id === 'string' ? id : notFound('last');
}

function notFound(wanted: string): never {
  const reason = wanted === 'last' ? 'none was recorded yet' : `no id begins with ${wanted}`;
  throw new WaymarkError('NOT_FOUND', `Cannot find the session: ${reason}`, {
    remedy: '`waymark sessions` lists them.',
  });
}

/** Where a session works and where its transcript is; `undefined` for one that the store does not know. */
export function sessionPlace(
  database: Database,
  id: string,
): { readonly project: string | null; readonly transcriptPath: string | null } | undefined {
  const row = database
    .prepare('SELECT project, transcript_path FROM sessions WHERE id = ?')
    .get(id);
  return row === undefined
    ? undefined
    : { project: textOf(row, 'project'), transcriptPath: textOf(row, 'transcript_path') };
}
