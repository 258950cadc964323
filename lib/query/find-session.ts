import { sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import { realPathOr } from '../core/state-folder.ts';
import { formatCount } from '../core/units.ts';
import { readGitHead } from '../hook/git-head.ts';
import type { Database } from '../store/database.ts';
import { beginsWith, countRows, bindList, queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';

/** Where a command runs. */
export interface CommandLocation {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Where `last` looks: in the folder that a command runs in, or everywhere. */
export type Scope = CommandLocation | 'any';

/** Most ids that an error names. */
const MAX_NAMED = 5;

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
      .limit(MAX_NAMED),
  );
  if (ids.includes(wanted)) return wanted;
  if (ids.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose a session for ${wanted}: ${ids.join(', ')} begin with it`,
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

/**
 * Returns the latest session of the project or work tree that a command runs in, or `undefined`.
 */
export function latestSessionHere(
  database: Database,
  { cwd, environment }: CommandLocation,
): Promise<string | undefined> {
  const project = environment['CLAUDE_PROJECT_DIR'] ?? cwd;
  const worktree = readGitHead(cwd)?.worktree ?? cwd;
  return latestSessionOf(database, [
    ...new Set([cwd, realPathOr(cwd), project, realPathOr(project), worktree]),
  ]);
}

/**
 * Returns the latest session whose project or work tree is one of these folders, or `undefined`.
 */
export async function latestSessionOf(
  database: Database,
  folders: readonly string[],
): Promise<string | undefined> {
  const named = queryBuilder().selectFrom(bindList(folders).as('f')).select('f.value');
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
export async function readSessionPlace(
  database: Database,
  id: string,
): Promise<
  { readonly project: string | null; readonly transcriptPath: string | null } | undefined
> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select(['project', 'transcript_path'])
    .where('id', '=', id);
  const [row] = await runQuery(database, query);
  return row === undefined
    ? undefined
    : {
        project: readTextColumn(row, 'project'),
        transcriptPath: readTextColumn(row, 'transcript_path'),
      };
}

async function idsOf(
  database: Database,
  query: Parameters<typeof runQuery>[1],
): Promise<readonly string[]> {
  return (await runQuery(database, query)).flatMap((row) => readTextColumn(row, 'id') ?? []);
}

/** What a command says of any session before there is one. */
export function createNoSessionError(wanted: string): WaymarkError {
  const which = wanted === 'last' ? 'the last session' : `session ${wanted}`;
  return new WaymarkError('NOT_FOUND', `Cannot find ${which}: none was recorded yet`, {
    remedy: '`waymark doctor` shows whether the hooks are installed.',
  });
}

/** @throws {@link WaymarkError} NOT_FOUND, with what there is elsewhere. */
async function noneHere(database: Database, scope: Scope): Promise<never> {
  const elsewhere = await countRows(database, 'sessions');
  if (scope === 'any' || elsewhere === 0) throw createNoSessionError('last');
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot find the last session: none in ${scope.cwd}, ${formatCount(elsewhere)} elsewhere`,
    { remedy: 'Add --any for the latest of all folders, or see `waymark sessions`.' },
  );
}
