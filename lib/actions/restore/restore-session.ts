import { existsSync, statSync, utimesSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { resolveSettingsPath } from '../../claude/settings/settings-path.ts';
import { projectFolderName } from '../../claude/transcript/session-place.ts';
import { WaymarkError } from '../../core/errors.ts';
import { isRunning } from '../../core/is-running.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { archivedFiles } from '../../journal/transcripts/read-archived.ts';
import type { FoundSession } from '../../query/archived-sessions.ts';
import type { ActionContext } from '../action-context.ts';
import { type PlannedFile, planRestore, type RestorePlan } from './plan-restore.ts';
import { isWriteStep, requireDiskSpace, writeRestoredFile } from './write-restored.ts';

export interface RestoreRequest {
  readonly session: FoundSession;
  readonly cwd: string;
  /** The folder in which the session is to go on; left out: where it was. */
  readonly to?: string | undefined;
  /** The branch of the transcript that is wanted; left out: the one with most lines. */
  readonly branch?: string | undefined;
  readonly isDryRun: boolean;
}

export interface RestoredFile extends PlannedFile {
  /** Where the client's own was put that had less. */
  readonly kept: string | undefined;
}

export interface RestoreResult extends Omit<RestorePlan, 'files'> {
  readonly session: string;
  readonly files: readonly RestoredFile[];
  /** The folder in which `claude --resume` finds it; `undefined`: not known. */
  readonly folder: string | undefined;
  readonly isFolderThere: boolean;
}

/**
 * Puts the files of a session back where Claude Code looks for them: what is missing, and what the
 * client has less of. Nothing that the client has is lost.
 * @throws {@link WaymarkError} NOT_FOUND, RESTORE_FAILED, ARCHIVE_TOO_NEW.
 */
export function restoreSession(
  actionContext: ActionContext,
  request: RestoreRequest,
): RestoreResult {
  const { session } = request;
  const folder =
    request.to === undefined ? session.project : resolveTargetFolder(request.cwd, request.to);
  const files = archivedFiles(actionContext.folder.archive, session.id);
  if (files.length === 0)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot restore session ${session.id}: the archive has no files of it`,
      { remedy: 'The worker archives what Claude Code still has: `waymark worker --detach`.' },
    );
  const branches = files.map(({ branch }) => branch);
  if (request.branch !== undefined && !branches.includes(request.branch))
    throw new WaymarkError('NOT_FOUND', `Cannot restore ${request.branch}: no such branch`, {
      remedy: `The archive has ${[...new Set(branches)].join(', ')}.`,
    });
  const plan = planRestore({
    session: session.id,
    files,
    branch: request.branch,
    bucket:
      request.to === undefined || folder === undefined ? undefined : projectFolderName(folder),
    baseFor: baseChooser(actionContext, request.cwd),
  });
  if (!request.isDryRun) requireIdle(session, plan);
  return {
    ...plan,
    session: session.id,
    files: writePlannedFiles(plan, actionContext.clock(), request.isDryRun),
    folder,
    isFolderThere: folder !== undefined && existsSync(folder),
  };
}

/** Writes the transcript last: with it the session is there, and then it has everything. */
export function writePlannedFiles(
  { files }: RestorePlan,
  now: number,
  isDryRun: boolean,
): readonly RestoredFile[] {
  if (!isDryRun) requireDiskSpace(files);
  const isLast = ({ path }: PlannedFile): number => (/^projects\/[^/]+\/[^/]+$/.test(path) ? 1 : 0);
  return files
    .toSorted((a, b) => isLast(a) - isLast(b))
    .map((file) => {
      const writes = isWriteStep(file) && !isDryRun;
      if (!writes && !isDryRun) touch(file.target);
      return { ...file, kept: writes ? writeRestoredFile(file, now) : undefined };
    });
}

/**
 * The client's clean-up goes by the time of change: what it left of the session must not go the
 * next time.
 */
function touch(target: string): void {
  const now = new Date();
  try {
    utimesSync(target, now, now);
  } catch {
    // gone meanwhile, or not ours to change
  }
}

/** The folder in which a session is to go on, as Claude Code names it. */
export function resolveTargetFolder(cwd: string, to: string): string {
  const folder = resolve(cwd, to);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true)
    return realPathOr(folder);
  throw new WaymarkError('NOT_FOUND', `Cannot restore into ${to}: there is no such folder`, {
    remedy: 'Name the folder in which you want to continue.',
  });
}

/** The config folder that the client uses here. */
export function resolveConfigFolder(actionContext: ActionContext, cwd: string): string {
  return dirname(resolveSettingsPath('user', actionContext.environment, cwd));
}

/**
 * Each file comes back into the config folder that it was in; where that is gone or not known, into
 * the one of today.
 */
function baseChooser(actionContext: ActionContext, cwd: string): (base: string) => string {
  return (base) =>
    base !== '' && existsSync(base) ? base : resolveConfigFolder(actionContext, cwd);
}

/**
 * A client that runs has its transcript in memory, and would write behind a file that it does not
 * know.
 */
function requireIdle({ id, clientPid }: FoundSession, { files }: RestorePlan): void {
  const changes = files.some(({ step }) => step === 'replace' || step === 'repair');
  if (!changes || clientPid === undefined || !isRunning(clientPid)) return;
  throw new WaymarkError(
    'RESTORE_FAILED',
    `Cannot restore session ${id}: Claude Code is using it (process ${clientPid})`,
    { remedy: 'End that session first.' },
  );
}
