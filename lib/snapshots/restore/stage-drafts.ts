import {
  close,
  constants,
  fchmodSync,
  fsync,
  futimesSync,
  linkSync,
  lutimesSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/errors.ts';
import { groupBy } from '../../core/group-by.ts';
import type { JournalPlan, JournalStep } from './journal.ts';
import { callReason, makeFolder, NoFolder, type OpenFolders } from './open-folders.ts';
import { type BytePath, type PathState, pathText } from './path-state.ts';

/**
 * Gives the content of git objects of our store, each once, in any order. @throws when one is
 * missing or damaged.
 */
export type BlobReader = (oids: readonly string[]) => AsyncIterable<readonly [string, Buffer]>;

/** A draft whose content is on its way to the disk. */
const MAX_OPEN = 64;

/** Steps that write: each has a draft. */
export type DraftStep = JournalStep & { readonly draft: string; readonly after: PathState };

export function hasDraft(step: JournalStep): step is DraftStep {
  return step.draft !== undefined && step.after !== undefined;
}

/**
 * Writes the drafts of `steps` beside the paths that they will replace, with their modes and times,
 * and waits until the disk has them. No path of the user changes: a full disk, a folder that may
 * not be written, or an object that is missing end it here.
 * @throws the errno of what failed; what was written stays for {@link removeDrafts}.
 */
export async function stageDrafts(
  folders: OpenFolders,
  plan: Pick<JournalPlan, 'folderModes'>,
  steps: readonly DraftStep[],
  blobs: BlobReader,
): Promise<void> {
  const byContent = groupBy(steps, ({ after }) => after.oid);
  const pending = new Set<Promise<void>>();
  try {
    for await (const [oid, bytes] of blobs([...byContent.keys()])) {
      for (const step of byContent.get(oid) ?? []) {
        const synced = writeDraftOrName(folders, plan, step, bytes);
        pending.add(synced);
        if (pending.size >= MAX_OPEN) await drain(pending);
      }
    }
  } finally {
    await drain(pending);
  }
}

async function drain(pending: Set<Promise<void>>): Promise<void> {
  const all = [...pending];
  pending.clear();
  await Promise.all(all);
}

class DraftFailure extends Error {
  readonly code: string;

  constructor(path: BytePath, cause: unknown) {
    super(`${pathText(path)}: ${callReason(cause)}`, { cause });
    this.code = errnoOf(cause);
  }
}

function writeDraftOrName(...given: Parameters<typeof writeDraft>): Promise<void> {
  const [, , { path }] = given;
  try {
    return writeDraft(...given);
  } catch (error) {
    throw error instanceof NoFolder || errnoOf(error) === ''
      ? error
      : new DraftFailure(path, error);
  }
}

function writeDraft(
  folders: OpenFolders,
  { folderModes }: Pick<JournalPlan, 'folderModes'>,
  { draft, after }: DraftStep,
  bytes: Buffer,
): Promise<void> {
  const at = folders.reach(draft, (folder, place) => makeFolder(place, folderModes[folder]));
  if (after.kind === 'link') {
    symlinkSync(bytes, at);
    const time = secondsOf(after.mtimeNs);
    if (time !== undefined) lutimesSync(at, time, time);
    return Promise.resolve();
  }
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for (let done = 0; done < bytes.length; )
      done += writeSync(fd, bytes, done, bytes.length - done);
    if (after.kind === 'file') fchmodSync(fd, after.mode);
    const time = after.kind === 'file' ? secondsOf(after.mtimeNs) : undefined;
    if (time !== undefined) futimesSync(fd, time, time);
  } catch (error) {
    close(fd, () => undefined);
    throw error;
  }
  return toDisk(fd);
}

const syncFile = promisify(fsync);
const closeFile = promisify(close);

async function toDisk(fd: number): Promise<void> {
  try {
    await syncFile(fd);
  } finally {
    await closeFile(fd);
  }
}

/**
 * A time for `utimes`, which takes microseconds: half a one keeps the number from being cut to the
 * one before.
 */
function secondsOf(nanoseconds: string | undefined): number | undefined {
  if (nanoseconds === undefined) return undefined;
  return (Number(BigInt(nanoseconds) / 1000n) + 0.5) / 1e6;
}

/**
 * Deletes what {@link stageDrafts} made, of which nothing is in place yet: drafts, then folders
 * that are empty.
 */
export function removeDrafts(folders: OpenFolders, { steps, makes }: JournalPlan): void {
  for (const { draft } of steps) if (draft !== undefined) unlinkBelow(folders, draft);
  removeFolders(folders, makes.toReversed());
}

/**
 * Deletes a file or link; nothing when there is none. @returns false if it stays, in a folder that
 * somebody closed meanwhile.
 */
export function unlinkBelow(folders: OpenFolders, path: string): boolean {
  let isGone = false;
  ignoring(['ENOENT', ...CLOSED], () => {
    unlinkSync(folders.reach(path));
    isGone = true;
  });
  return isGone;
}

const CLOSED = ['EACCES', 'EPERM', 'EROFS'];

/** Deletes folders as far as they are empty, in this order. */
export function removeFolders(folders: OpenFolders, paths: readonly string[]): void {
  for (const path of paths)
    ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY', ...CLOSED], () =>
      rmdirSync(folders.reach(path)),
    );
}

function ignoring(errnos: readonly string[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof NoFolder) && !errnos.includes(errnoOf(error))) throw error;
  }
}

const NO_HARD_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Gives a second name to a file, never over anything. @returns whether the file system could; else
 * nothing happened. @throws EEXIST
 */
export function linkWithoutOverwrite(from: Buffer, to: Buffer): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (NO_HARD_LINKS.includes(errnoOf(error))) return false;
    throw error;
  }
}
