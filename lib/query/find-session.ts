import { sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import { realPathOr } from '../core/state-folder.ts';
import { formatCount } from '../core/units.ts';
import { readGitHead } from '../hook/git-head.ts';
import type { Database } from '../store/database.ts';
import { beginsWith, countRows, listed, queryBuilder, rowsOf } from './builder.ts';
import { textOf } from './row.ts';

/** Where a command runs. */
export interface Surroundings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Where `last` looks: in the folder that a command runs in, or everywhere. */
export type Scope = Surroundings | 'any';

/** Most ids that an error names. */
const MOST_NAMED = 5;

/**
 * Returns the whole id of a session.
 * @param wanted An id, the unique beginning of one, or `last`: the latest of `scope`.
 * @throws {@link WaymarkError} NOT_FOUND for an unknown session, USAGE when several ids begin so.
 */
export async function findSession(
  database: Database,
  wanted: string,
  scope: Scope,
): Promise<string> {
  if (wanted === 'last')
    return (await latestSession(database, scope)) ?? (await noneHere(database, scope));
  const sessions = queryBuilder().selectFrom('sessions').select('id');
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
      `Cannot tell which session ${wanted} is: ${ids.join(', ')} begin with it`,
      { remedy: 'Give more of the id.' },
    );
  if (ids[0] !== undefined) return ids[0];
  throw new WaymarkError('NOT_FOUND', `Cannot find the session: no id begins with ${wanted}`, {
    remedy: '`waymark sessions` lists them.',
  });
}

/** Returns the latest session of a scope, or `undefined`. */
export async function latestSession(database: Database, scope: Scope): Promise<string | undefined> {
  if (scope !== 'any') return latestSessionHere(database, scope);
  const query = queryBuilder()
    .selectFrom('sessions')
    .select('id')
    .orderBy('last_event_at', 'desc')
    .orderBy('id')
    .limit(1);
  return (await idsOf(database, query))[0];
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

/** @throws {@link WaymarkError} NOT_FOUND, with what there is elsewhere. */
async function noneHere(database: Database, scope: Scope): Promise<never> {
  const elsewhere = await countRows(database, 'sessions');
  if (scope === 'any' || elsewhere === 0)
    throw new WaymarkError('NOT_FOUND', 'Cannot find the last session: none was recorded yet', {
      remedy: '`waymark doctor` shows whether the hooks are installed.',
    });
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot find the last session: none in ${scope.cwd}, ${formatCount(elsewhere)} elsewhere`,
    { remedy: 'Add --any for the latest of all folders, or see `waymark sessions`.' },
  );
}
