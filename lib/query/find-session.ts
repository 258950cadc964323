import { sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import { realPathOr } from '../core/state-folder.ts';
import { readGitHead } from '../hook/git-head.ts';
import type { Database } from '../store/database.ts';
import { beginsWith, listed, queryBuilder, rowsOf } from './builder.ts';
import { textOf } from './row.ts';

/** Where a command runs. */
export interface Surroundings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Most ids that an error names. */
const MOST_NAMED = 5;

/**
 * Returns the whole id of a session.
 * @param wanted An id, the unique beginning of one, or `last`.
 * @throws {@link WaymarkError} NOT_FOUND for an unknown session, USAGE when several ids begin so.
 */
export async function findSession(database: Database, wanted: string): Promise<string> {
  const sessions = queryBuilder().selectFrom('sessions').select('id');
  if (wanted === 'last') {
    const [latest] = await idsOf(
      database,
      sessions.orderBy('last_event_at', 'desc').orderBy('id').limit(1),
    );
    return latest ?? notFound(wanted);
  }
  const ids = await idsOf(
    database,
    sessions
      .where(beginsWith(sql.ref('id'), wanted))
      .orderBy('id')
      .limit(MOST_NAMED),
  );
  if (ids.includes(wanted)) return wanted;
  if (ids.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot tell which session ${wanted} is: ${ids.join(', ')} begin so`,
      { remedy: 'Give more of the id.' },
    );
  return ids[0] ?? notFound(wanted);
}

/** Returns the latest session of the project or work tree that a command runs in, or `undefined`. */
export function latestSessionHere(
  database: Database,
  { cwd, environment }: Surroundings,
): Promise<string | undefined> {
  const project = environment['CLAUDE_PROJECT_DIR'] ?? cwd;
  const worktree = readGitHead(cwd)?.worktree ?? cwd;
  return latestSessionOf(database, [
    ...new Set([cwd, realPathOr(cwd), project, realPathOr(project), worktree]),
  ]);
}

/** Returns the latest session whose project or work tree is one of these folders, or `undefined`. */
export async function latestSessionOf(
  database: Database,
  folders: readonly string[],
): Promise<string | undefined> {
  const named = queryBuilder().selectFrom(listed(folders).as('f')).select('f.value');
  const query = queryBuilder()
    .selectFrom('sessions')
    .select('id')
    .where((eb) => eb.or([eb('project', 'in', named), eb('worktree', 'in', named)]))
    .orderBy('last_event_at', 'desc')
    .orderBy('id')
    .limit(1);
  return (await idsOf(database, query))[0];
}

/** Where a session works and where its transcript is; `undefined` for an unknown session. */
export async function sessionPlace(
  database: Database,
  id: string,
): Promise<
  { readonly project: string | null; readonly transcriptPath: string | null } | undefined
> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select(['project', 'transcript_path'])
    .where('id', '=', id);
  const [row] = await rowsOf(database, query);
  return row === undefined
    ? undefined
    : { project: textOf(row, 'project'), transcriptPath: textOf(row, 'transcript_path') };
}

async function idsOf(
  database: Database,
  query: Parameters<typeof rowsOf>[1],
): Promise<readonly string[]> {
  return (await rowsOf(database, query)).flatMap((row) => textOf(row, 'id') ?? []);
}

function notFound(wanted: string): never {
  const reason = wanted === 'last' ? 'none was recorded yet' : `no id begins with ${wanted}`;
  throw new WaymarkError('NOT_FOUND', `Cannot find the session: ${reason}`, {
    remedy: '`waymark sessions` lists them.',
  });
}
