import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { computeIdentity, inodeIn, isSameButForNames, NOTHING } from './identity.ts';
import type { JournalPlan, JournalStep, SkippedPath } from './journal.ts';
import { ReplacedFiles } from './replaced-files.ts';
import { callReason, makeFolder, NoFolder, OpenFolders } from './open-folders.ts';
import { type BytePath, type PathState, pathText } from './path-state.ts';
import {
  type DraftStep,
  hasDraft,
  linkWithoutOverwrite,
  removeFolders,
  unlinkBelow,
} from './stage-drafts.ts';

/** Reasons why a path was left as it is. */
const CHANGED = 'it changed after it was checked';
const HELD_BACK = 'a write before it was not possible';

/**
 * Moves the drafts of a plan to their paths, then deletes, then writes what waited for a deletion.
 * May be called again after a kill: finished steps are skipped. A path that was changed meanwhile
 * stays as it is, and nothing is deleted after that.
 * @returns the paths that were left as they are.
 */
export async function switchDrafts(plan: JournalPlan): Promise<readonly SkippedPath[]> {
  const folders = new OpenFolders(plan.root);
  const drafts = new OpenFolders(plan.root);
  const skipped: SkippedPath[] = [];
  const isSeen = seenIn(plan);
  const old = new ReplacedFiles();
  const attempt = (step: JournalStep, work: () => string | undefined): void => {
    const reason = reasonFrom(work);
    if (reason === undefined) return;
    const { path, draft } = step;
    const stays = draft !== undefined && isDraftLeft(drafts, draft);
    const more = stays ? `; its content is in ${pathText(draft)}` : '';
    skipped.push({ path, reason: reason + more });
  };
  try {
    const writes = plan.steps.filter(hasDraft);
    for (const step of writes.filter(({ waits }) => !waits)) {
      attempt(step, () => place(step, { folders, drafts, isSeen, old }));
      await old.closeMany();
    }
    const canRemove = skipped.length === 0;
    const removals = plan.steps.filter(({ step }) => step === 'remove');
    for (const step of removals) {
      attempt(step, () => (canRemove ? remove(step, { folders, isSeen, old }) : HELD_BACK));
      await old.closeMany();
    }
    folders.close();
    removeFolders(folders, plan.drops);
    folders.close();
    const canPlace = skipped.length === 0;
    for (const step of writes.filter(({ waits }) => waits))
      attempt(step, () => (canPlace ? placeLate(step, folders, drafts, plan) : HELD_BACK));
    return skipped;
  } finally {
    folders.close();
    drafts.close();
    await old.closeAll();
  }
}

/** Deletes a draft that got no place. @returns whether it stays. */
function isDraftLeft(drafts: OpenFolders, draft: BytePath): boolean {
  try {
    return !unlinkBelow(drafts, draft) && drafts.look(draft) !== undefined;
  } catch (error) {
    if (error instanceof NoFolder) return false;
    throw error;
  }
}

function reasonFrom(work: () => string | undefined): string | undefined {
  try {
    return work();
  } catch (error) {
    if (errnoOf(error) === '' && !(error instanceof NoFolder)) throw error;
    return callReason(error);
  }
}

/** Whether a step is done already; a kill may have come behind it. */
function isDone(found: BigIntStats | undefined, draft: BigIntStats | undefined): boolean {
  return found !== undefined && draft !== undefined && found.ino === draft.ino;
}

/** Whether what is at a path is what was looked at. */
type IsSeen = (found: BigIntStats | undefined, step: JournalStep) => boolean;

/**
 * Files with several names in a plan: each step takes one name away, which changes the file's entry
 * for the steps after it, also for those after a kill.
 */
function seenIn({ steps }: JournalPlan): IsSeen {
  const [once, shared] = [new Set<string>(), new Set<string>()];
  for (const { seen } of steps) {
    const inode = inodeIn(seen);
    if (inode !== undefined) (once.has(inode) ? shared : once).add(inode);
  }
  return (found, { seen }) => {
    const identity = computeIdentity(found);
    if (identity === seen) return true;
    return shared.has(inodeIn(seen) ?? '') && isSameButForNames(identity, seen);
  };
}

interface Switching {
  readonly folders: OpenFolders;
  readonly drafts: OpenFolders;
  readonly isSeen: IsSeen;
  readonly old: ReplacedFiles;
}

function place(step: DraftStep, { folders, drafts, isSeen, old }: Switching): string | undefined {
  const found = folders.look(step.path);
  const draft = drafts.look(step.draft);
  if (draft === undefined)
    return hasState(folders, step.path, found, step.after) ? undefined : CHANGED;
  if (isDone(found, draft)) {
    unlinkSync(drafts.reach(step.draft));
    return undefined;
  }
  if (found === undefined) return isSeen(found, step) ? placeNew(step, folders, drafts) : CHANGED;
  const from = drafts.reach(step.draft);
  old.hold(folders.reach(step.path));
  if (!isSeen(folders.look(step.path), step)) return CHANGED;
  renameSync(from, folders.reach(step.path));
  return undefined;
}

/** Never overwrites a file that was created meanwhile. */
function placeNew(step: DraftStep, folders: OpenFolders, drafts: OpenFolders): string | undefined {
  const [from, to] = [drafts.reach(step.draft), folders.reach(step.path)];
  try {
    if (linkWithoutOverwrite(from, to)) unlinkSync(from);
    else if (lstatSync(to, { throwIfNoEntry: false }) === undefined) renameSync(from, to);
    else return CHANGED;
    return undefined;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return CHANGED;
    throw error;
  }
}

/** The place was taken by what has just been removed. */
function placeLate(
  step: DraftStep,
  folders: OpenFolders,
  drafts: OpenFolders,
  { folderModes }: JournalPlan,
): string | undefined {
  const draft = drafts.look(step.draft);
  const at = folders.reach(step.path, (folder, place) => makeFolder(place, folderModes[folder]));
  const found = lstatSync(at, { bigint: true, throwIfNoEntry: false });
  if (draft === undefined)
    return hasState(folders, step.path, found, step.after) ? undefined : CHANGED;
  if (isDone(found, draft)) {
    unlinkSync(drafts.reach(step.draft));
    return undefined;
  }
  if (found?.isDirectory() === true) rmdirSync(at); // fails for one with anything in it
  return placeNew(step, folders, drafts);
}

function remove(
  step: JournalStep,
  { folders, isSeen, old }: Omit<Switching, 'drafts'>,
): string | undefined {
  if (folders.look(step.path) === undefined) return undefined;
  old.hold(folders.reach(step.path));
  const found = folders.look(step.path);
  if (found === undefined) return undefined;
  if (!isSeen(found, step)) return CHANGED;
  unlinkSync(folders.reach(step.path));
  return undefined;
}

/** Whether a path holds a state already. */
export function hasState(
  folders: OpenFolders,
  path: BytePath,
  found: BigIntStats | undefined,
  state: PathState,
): boolean {
  if (computeIdentity(found) === NOTHING || found === undefined) return false;
  if (state.kind === 'link')
    return (
      found.isSymbolicLink() &&
      oidOf([readlinkSync(folders.reach(path), { encoding: 'buffer' })], state.oid) === state.oid
    );
  if (state.kind !== 'file' || !found.isFile()) return false;
  if (Number(found.mode & 0o7777n) !== state.mode) return false;
  return oidOfFile(folders.reach(path), found.size, state.oid) === state.oid;
}

function oidOf(pieces: readonly Buffer[], like: string): string {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const hash = hashLike(like).update(`blob ${size}\0`);
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

function hashLike(oid: string): ReturnType<typeof createHash> {
  return createHash(oid.length === 64 ? 'sha256' : 'sha1');
}

function oidOfFile(at: Buffer, size: bigint, like: string): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const hash = hashLike(like).update(`blob ${size}\0`);
    const piece = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const count = readSync(fd, piece, 0, piece.length, null);
      if (count === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}
