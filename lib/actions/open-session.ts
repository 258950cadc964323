import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { shellWord } from '../core/shell-word.ts';
import { findArchivedSession } from '../query/archived-sessions.ts';
import { findSession, type Scope, sessionPlace } from '../query/find-session.ts';
import { sessionOfHit } from '../query/search.ts';
import { askStore } from '../query/store-view.ts';
import type { Acting } from './acting.ts';
import { restoreSession } from './restore/restore-session.ts';

/** How a session goes on. */
export interface OpenPlan {
  readonly session: string;
  /** Where it was, and where it goes on. */
  readonly folder: string;
  /** The client's own file of it is missing: it has to be restored before. */
  readonly isRestoreNeeded: boolean;
  /** The client's folder, where it is another one than this environment has. */
  readonly configFolder: string | undefined;
  /** The same as a command line. */
  readonly command: string;
}

/**
 * Finds out how a session is opened. Changes nothing.
 * @param wanted A hit of a search, an id, the beginning of one, or `last`.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE, SESSION_NOT_OPENED where its folder is gone or not known.
 */
export async function planOpen(acting: Acting, wanted: string, scope: Scope): Promise<OpenPlan> {
  const { folder, environment } = acting;
  const asked = wanted.startsWith('@') ? sessionOfHit(folder, wanted) : wanted;
  if (asked === undefined)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot find hit ${wanted}: the index has none of that name`,
      {
        remedy: 'Search again: `waymark search WORDS`.',
      },
    );
  const found = await askStore(folder, undefined, async (database) => {
    const session = await findSession(database, asked, scope);
    const place = await sessionPlace(database, session);
    return { session, project: place?.project ?? null, path: place?.transcriptPath ?? null };
  });
  if (found === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find session ${wanted}: nothing was recorded yet`, {
      remedy: '`waymark doctor` shows whether the hooks are installed.',
    });
  const { session, project, path } = found;
  if (project === null)
    throw new WaymarkError(
      'SESSION_NOT_OPENED',
      `Cannot open session ${session}: nobody recorded its folder`,
      { remedy: elsewhere(session) },
    );
  if (!existsSync(project))
    throw new WaymarkError(
      'SESSION_NOT_OPENED',
      `Cannot open session ${session}: its folder ${project} is gone`,
      { remedy: elsewhere(session) },
    );
  const configFolder = path === null ? undefined : otherConfigFolder(path, environment);
  const set = configFolder === undefined ? '' : `CLAUDE_CONFIG_DIR=${shellWord(configFolder)} `;
  return {
    session,
    folder: project,
    isRestoreNeeded: path !== null && !existsSync(path),
    configFolder,
    command: `cd ${shellWord(project)} && ${set}claude --resume ${shellWord(session)}`,
  };
}

function elsewhere(session: string): string {
  return `Go on in another folder: \`waymark sessions restore ${session} --to DIR\`.`;
}

function otherConfigFolder(path: string, environment: Acting['environment']): string | undefined {
  const projects = dirname(dirname(path));
  if (basename(projects) !== 'projects') return undefined;
  const usual = environment['CLAUDE_CONFIG_DIR'] ?? join(environment['HOME'] ?? '', '.claude');
  const found = dirname(projects);
  return found === usual ? undefined : found;
}

/** Puts the client's files of a session back where it finds them. @throws {@link WaymarkError} NOT_FOUND where the archive has nothing of it. */
export async function restoreToOpen(acting: Acting, { session, folder }: OpenPlan): Promise<void> {
  const found = await findArchivedSession(acting.folder, session, 'any');
  restoreSession(acting, {
    ...{ session: found, cwd: folder, to: undefined, branch: undefined },
    isDryRun: false,
  });
}

/**
 * Runs the client on a session, in its folder and on this terminal, until it ends.
 * @returns its exit status. @throws {@link WaymarkError} SESSION_NOT_OPENED when it cannot be started.
 */
export async function startClient(
  { session, folder, configFolder, command }: OpenPlan,
  environment: Acting['environment'],
): Promise<number> {
  const set = configFolder === undefined ? {} : { CLAUDE_CONFIG_DIR: configFolder };
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore); // Ctrl+C is for the client, which asks before it ends
  try {
    return await new Promise<number>((resolve, reject) => {
      const client = spawn('claude', ['--resume', session], {
        cwd: folder,
        stdio: 'inherit',
        env: { ...environment, ...set },
      });
      client.on('error', reject);
      client.on('exit', (status) => resolve(status ?? 1));
    });
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'claude is not in PATH' : errnoOf(error);
    throw new WaymarkError('SESSION_NOT_OPENED', `Cannot start Claude Code: ${reason}`, {
      remedy: `Run it yourself: ${command}`,
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
