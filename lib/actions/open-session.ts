import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { shellWord } from '../core/shell-word.ts';
import { archivedFiles } from '../journal/transcripts/read-archived.ts';
import { findArchivedSession } from '../query/archived-sessions.ts';
import {
  findSession,
  createNoSessionError,
  type Scope,
  readSessionPlace,
} from '../query/find-session.ts';
import { findSessionOfHit } from '../query/find-hit.ts';
import { queryStore } from '../query/store-view.ts';
import type { ActionContext } from './action-context.ts';
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
 * @throws {@link WaymarkError} NOT_FOUND, USAGE, SESSION_NOT_OPENED where its folder is gone or not
 * known.
 */
export async function planOpen(
  actionContext: ActionContext,
  wanted: string,
  scope: Scope,
): Promise<OpenPlan> {
  const { folder, environment } = actionContext;
  const asked = wanted.startsWith('@') ? findSessionOfHit(folder, wanted) : wanted;
  if (asked === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find hit ${wanted}: the index has no such hit`, {
      remedy: 'Search again: `waymark search WORDS`.',
    });
  const found = await queryStore(folder, undefined, async (database) => {
    const session = await findSession(database, asked, scope);
    const place = await readSessionPlace(database, session);
    return { session, project: place?.project ?? null, path: place?.transcriptPath ?? null };
  });
  if (found === undefined) throw createNoSessionError(wanted);
  const { session, project, path } = found;
  const isThere = path !== null && existsSync(path);
  if (!isThere && archivedFiles(folder.archive, session).length === 0)
    throw new WaymarkError(
      'SESSION_NOT_OPENED',
      `Cannot open session ${session}: its transcript is missing, and the archive has no copy`,
      { remedy: `Read what was recorded: \`waymark show ${session}\`.` },
    );
  if (project === null)
    throw new WaymarkError(
      'SESSION_NOT_OPENED',
      `Cannot open session ${session}: its folder is not known`,
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
    isRestoreNeeded: !isThere,
    configFolder,
    command: `cd ${shellWord(project)} && ${set}claude --resume ${shellWord(session)}`,
  };
}

function elsewhere(session: string): string {
  return `Continue in another folder: \`waymark sessions restore ${session} --to DIR\`.`;
}

function otherConfigFolder(
  path: string,
  environment: ActionContext['environment'],
): string | undefined {
  const projects = dirname(dirname(path));
  if (basename(projects) !== 'projects') return undefined;
  const usual = environment['CLAUDE_CONFIG_DIR'] ?? join(environment['HOME'] ?? '', '.claude');
  const found = dirname(projects);
  return found === usual ? undefined : found;
}

/**
 * Puts the client's files of a session back where it finds them. @throws {@link WaymarkError}
 * NOT_FOUND where the archive has no files of it.
 */
export async function restoreToOpen(
  actionContext: ActionContext,
  { session, folder }: OpenPlan,
): Promise<void> {
  const found = await findArchivedSession(actionContext.folder, session, 'any');
  restoreSession(actionContext, {
    ...{ session: found, cwd: folder, to: undefined, branch: undefined },
    isDryRun: false,
  });
}

/**
 * Runs the client on a session, in its folder and on this terminal, until it ends.
 * @returns its exit status. @throws {@link WaymarkError} SESSION_NOT_OPENED when it cannot be
 * started.
 */
export async function startClient(
  { session, folder, configFolder, command }: OpenPlan,
  environment: ActionContext['environment'],
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
