import { createHash } from 'node:crypto';
import { lstatSync, type Stats, utimesSync } from 'node:fs';
import { namesIn } from '../../core/files.ts';
import type { Sliced } from '../../core/sliced.ts';
import type { Write } from '../append-file.ts';
import { archiveFile, type Grown, growTail, sealTails } from './archive-file.ts';
import { openContainer, sessionArchive } from './branches.ts';
import { REPACK_END, repackContainer } from './repack-container.ts';
import { isTailName } from './tail.ts';
import { type ContainerWriter, writeContainer } from './write-container.ts';

/** The files of a session, below one config folder of the client. */
export interface SessionFiles {
  readonly session: string;
  readonly base: string;
  /** Relative to the base, with `/`. */
  readonly paths: readonly string[];
}

/**
 * A cache between two calls in one process, so that a change costs little. Can be dropped at any
 * time.
 */
export class SessionMemory {
  readonly looks = new Map<string, string>();
  readonly grown = new Map<string, Grown>();
}

export interface ArchiveSessionParts {
  /** The folder `archive` of the state folder. */
  readonly archive: string;
  readonly clock: () => number;
  /** The session is complete: compress everything. */
  readonly isClosed: boolean;
  readonly memory?: SessionMemory;
  /** Only some of the session's files are given. */
  readonly isPart?: boolean;
  /** Called before anything new is written: a forgotten session must not be archived again. */
  readonly isWanted?: () => boolean;
  /** For fault tests. */
  readonly write?: Write;
}

export interface SessionArchived {
  /** Bytes of the client's files that were not in the archive before. */
  readonly added: number;
  /** Paths of files that were cut or rewritten. */
  readonly branched: readonly string[];
  /** Paths of unreadable files. */
  readonly unreadable: readonly string[];
}

/** Returns the name of a session's container for one config folder. */
export function containerFile(
  archive: string,
  { session, base }: SessionFiles,
): string | undefined {
  const folder = sessionArchive(archive, session);
  const name = createHash('sha256').update(base).digest('hex').slice(0, 8);
  return folder === undefined ? undefined : `${folder}/${name}.archive`;
}

/**
 * Whether the archive is up to date, judged by times: a container has the time of the latest change
 * that it contains. Costs one `stat` per file.
 */
export function isArchived(archive: string, files: SessionFiles): boolean {
  return isArchivedUpTo(archive, files, newestOf(files));
}

/** As {@link isArchived}, for callers that know `newest`, the time of the latest change. */
export function isArchivedUpTo(archive: string, files: SessionFiles, newest: number): boolean {
  const container = containerFile(archive, files);
  const at = container === undefined ? undefined : statOf(container)?.mtimeMs;
  return at !== undefined && Math.floor(newest) <= Math.floor(at);
}

/** Whether a part of the session's archive is not in a block yet, or a crash left a draft in it. */
export function hasTails(archive: string, session: string): boolean {
  const folder = sessionArchive(archive, session);
  const isLeft = (name: string): boolean => isTailName(name) || name.endsWith(REPACK_END);
  return folder !== undefined && namesIn(folder).some(isLeft);
}

/**
 * Updates the archive of a session from its files, in slices of at most about a megabyte. Archived
 * content is never deleted, whatever the client does to its files.
 * @throws {@link WaymarkError} ARCHIVE_TOO_NEW, or the errno of the call that failed; the archive
 * stays valid.
 */
export function* archiveSession(
  files: SessionFiles,
  parts: ArchiveSessionParts,
): Sliced<SessionArchived> {
  const container = containerFile(parts.archive, files);
  const memory = parts.memory ?? new SessionMemory();
  const outcome = { added: 0, branched: [] as string[], unreadable: [] as string[] };
  if (container === undefined) return outcome;
  const looked = looksOf(files);
  let newest = 0;
  let writer: ContainerWriter | undefined;
  try {
    for (const { path, look, changedAt } of looked) {
      newest = Math.max(newest, changedAt);
      if (memory.looks.get(path) === look && !parts.isClosed) continue;
      const file = `${files.base}/${path}`;
      const quick = parts.isClosed
        ? undefined
        : growTail(container, file, memory.grown.get(path), parts.write);
      if (quick !== undefined) {
        outcome.added += quick.added;
        memory.grown.set(path, quick.grown);
        memory.looks.set(path, look);
        continue;
      }
      if (writer === undefined) {
        if (parts.isWanted?.() === false) return outcome;
        writer = writeContainer(container, files, parts);
      }
      const known = memory.grown.get(path);
      const done = yield* archiveFile(writer, file, path, { isClosed: parts.isClosed, known });
      if (done.state === 'unreadable') outcome.unreadable.push(path);
      if (done.state !== 'archived') continue;
      outcome.added += done.added;
      if (done.isNewBranch) outcome.branched.push(path);
      memory.grown.set(path, done.grown);
      memory.looks.set(path, look);
    }
    if (parts.isClosed) writer = sealAll(container, writer, files, parts);
  } finally {
    writer?.close();
  }
  if (newest > 0 && parts.isPart !== true) setTime(container, newest);
  if (parts.isClosed) yield* repackContainer(container, parts.write);
  return outcome;
}

/** Compresses all tails. The writer's list is older than what it wrote. */
function sealAll(
  container: string,
  writer: ContainerWriter | undefined,
  files: SessionFiles,
  parts: ArchiveSessionParts,
): ContainerWriter | undefined {
  const branches = (openContainer(container)?.branches ?? []).filter(
    ({ tails }) => tails.length > 0,
  );
  if (branches.length === 0) return writer;
  const open = writer ?? writeContainer(container, files, parts);
  for (const branch of branches) sealTails(open, branch);
  return open;
}

interface Look {
  readonly path: string;
  readonly look: string;
  readonly changedAt: number;
}

function looksOf({ base, paths }: SessionFiles): readonly Look[] {
  return paths.flatMap((path) => {
    const found = statOf(`${base}/${path}`);
    if (found === undefined || !found.isFile()) return [];
    return { path, look: `${found.ino} ${found.size} ${found.mtimeMs}`, changedAt: found.mtimeMs };
  });
}

function newestOf(files: SessionFiles): number {
  return looksOf(files).reduce((newest, { changedAt }) => Math.max(newest, changedAt), 0);
}

function setTime(container: string, at: number): void {
  try {
    utimesSync(container, at / 1000, at / 1000);
  } catch {
    // The session was forgotten in the meantime. With the wrong time, it is only checked once more.
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // Unreachable.
  }
}
