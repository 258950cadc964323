import { removeQuietly } from '../core/files.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { shellWord } from '../core/shell-word.ts';
import { type AskGit, SMALL_CALL } from '../git/run-git.ts';
import { GitBlocked, GitFailure } from '../git/git-failure.ts';
import { commitSnapshot, hasChanged, keepState } from './commit-snapshot.ts';
import { holdStore } from './hold-store.ts';
import { readTreeRules } from './ignore-rules.ts';
import type { ChangeLimits } from './list-changes.ts';
import { createStoreGit, type OpenedStore, openStore, type OpenStoreParts } from './open-store.ts';
import { readSnapshotAt } from './read-snapshots.ts';
import { repairOrphanPacks, repairStore } from './repair-store.ts';
import type { Losses } from './store-damage.ts';
import { settleLosses } from './settle-lost.ts';
import type { Snapshot, SnapshotRequest } from './snapshot.ts';
import { hasDamage, markForRepair, TO_REPAIR } from './store-damage.ts';
import { type Ground, putIntoIndex, readOnTop } from './store-files.ts';
import { deleteState, readKeptSnapshot, readState, removeLeftovers } from './store-state.ts';
import { surveyTree } from './survey.ts';
import type { WorkTree } from './work-tree.ts';

export interface TakeParts extends OpenStoreParts {
  readonly clock: () => number;
  readonly limits: ChangeLimits;
  /** Ends it: what was read so far is not read again, and there is no snapshot. */
  readonly signal: AbortSignal;
  /** How long to wait for another process that takes one of the same work tree. */
  readonly patienceMs: number;
  /** Whether it gives way to everything else on the machine. */
  readonly isBackground?: boolean;
  /** Called between two portions of many files. @returns whether there is time for another. */
  readonly pause?: (tookMs: number) => Promise<boolean>;
  /** When to look first whether git waits for a pipe in the work tree. */
  readonly watchMs?: number;
  /** How to ask git about the repository's settings. */
  readonly ask?: AskGit;
  /** Called after a damaged store was repaired. */
  readonly onRepair?: (losses: Losses) => void;
}

export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** False: nothing had changed since this one, which was taken for the same. */
  readonly isNew: boolean;
}

/**
 * Stores the work tree as it is: tracked files, and others that are not ignored, with their
 * permissions and times. Writes nothing outside the store.
 *
 * @throws {@link WaymarkError} SNAPSHOT_BUSY when another process does the same, SNAPSHOT_FAILED
 * when git or the disk refuses; the signal's reason. There is then no snapshot, and those before it
 * are as they were.
 */
export async function takeSnapshot(
  tree: WorkTree,
  order: SnapshotRequest,
  parts: TakeParts,
): Promise<TakenSnapshot> {
  return await withHeldStore(tree, parts, (store, held) => takeHeld(store, tree, order, held));
}

/**
 * The tree of the files as they are now, in the store, for comparing; no snapshot has it, so the
 * next compaction may delete it.
 * @throws as {@link takeSnapshot}.
 */
export async function storeWorkTree(tree: WorkTree, parts: TakeParts): Promise<string> {
  return await withHeldStore(tree, parts, async (store, held) => {
    const ground = await openGround(store, tree, held);
    return (await putIntoIndex(ground, await surveyTree(ground))).filesTree;
  });
}

/** Holds the store while `work` uses it, and has its failures in our words. */
async function withHeldStore<T>(
  tree: WorkTree,
  parts: TakeParts,
  work: (store: OpenedStore, parts: TakeParts) => Promise<T>,
): Promise<T> {
  try {
    const store = await openStore(tree, parts);
    const lock = await holdStore(store, parts.patienceMs);
    if (lock === undefined)
      throw new WaymarkError(
        'SNAPSHOT_BUSY',
        `Cannot take a snapshot of ${tree.path}: another process is taking one`,
      );
    try {
      removeLeftovers(store, parts.clock());
      return await withRepair(store, parts, () => work(store, parts));
    } catch (error) {
      // on a full disk, git leaves the pack that it could not finish
      removeLeftovers(store, parts.clock(), 0);
      throw error;
    } finally {
      lock.release();
    }
  } catch (error) {
    parts.signal.throwIfAborted();
    if (error instanceof WaymarkError) throw error;
    throw explainFailure(tree.path, error);
  }
}

function explainFailure(path: string, error: unknown): WaymarkError {
  const isFull = isDiskFull(error);
  const remedy = remedyFor(error);
  const reason = isFull ? 'the disk with the state folder of waymark is full' : reasonOf(error);
  return new WaymarkError('SNAPSHOT_FAILED', `Cannot take a snapshot of ${path}: ${reason}`, {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function remedyFor(error: unknown): string | undefined {
  if (error instanceof GitFailure && error.isMissing) return 'Install git 2.30 or later.';
  if (error instanceof GitBlocked) return `Delete it: \`rm ${shellWord(error.path)}\``;
  return isDiskFull(error) ? FREE_SPACE : undefined;
}

/**
 * Git names a full disk in several ways. A draft of a pack that is not as it was written is one.
 */
function isDiskFull(error: unknown): boolean {
  return FULL.test(reasonOf(error));
}

const FULL =
  /No space left|Out of diskspace|ENOSPC|EDQUOT|quota|write error|failed to write|Unexpected checksum for .*tmp_pack/i;

const FREE_SPACE =
  'Free some space there; `waymark clean` deletes old data of waymark. Then the next snapshot succeeds.';

/** Repairs a damaged store before the work, or when the work finds the damage. */
async function withRepair<T>(
  store: OpenedStore,
  { signal, onRepair }: TakeParts,
  work: () => Promise<T>,
): Promise<T> {
  const repair = async (): Promise<T> => {
    markForRepair(store);
    const unnamed = await repairStore(store, signal);
    const result = await work();
    const settled = await settleLosses(store, signal);
    const losses = { ...settled, snapshots: settled.snapshots + unnamed };
    removeQuietly(`${store.folder}/${TO_REPAIR}`);
    onRepair?.(losses);
    return result;
  };
  await repairOrphanPacks(store, signal);
  if (hasDamage(store)) return await repair();
  try {
    return await orBeginAnew(store, work);
  } catch (error) {
    const isDamage = error instanceof GitFailure && DAMAGED.test(error.message);
    if (isDamage && !isDiskFull(error)) return await repair();
    throw error;
  }
}

const DAMAGED =
  /corrupt|invalid object|bad object|missing object|unable to (?:read|find|unpack)|could not (?:read|parse)|cannot read|inflate|not a git repository|bad config|packfile|pack has|loose object|tree not found|can't load tree/i;

/**
 * An index that is broken is made again, and so is one whose snapshot lost a tree: every file is
 * read once more.
 */
async function orBeginAnew<T>(store: OpenedStore, take: () => Promise<T>): Promise<T> {
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof GitFailure) || !BROKEN.test(error.message)) throw error;
    deleteState(store);
    return await take();
  }
}

const BROKEN =
  /index file|bad signature|bad index|broken index|shared ?index|cache entry|invalid object|unable to read|tree not found|can't load tree/i;

async function takeHeld(
  store: OpenedStore,
  tree: WorkTree,
  order: SnapshotRequest,
  parts: TakeParts,
): Promise<TakenSnapshot> {
  const at = parts.clock();
  const ground = await openGround(store, tree, parts);
  const survey = await surveyTree(ground);
  const stored = readOnTop(ground, survey) ?? (await putIntoIndex(ground, survey));
  const { last, state } = ground;
  if (last !== undefined && isSameMoment(last, order) && !hasChanged(stored, survey, state)) {
    if (stored.few === undefined) keepState(ground);
    return { snapshot: last, isNew: false };
  }
  const snapshot = await commitSnapshot(ground, { stored, survey, at, order });
  return { snapshot, isNew: true };
}

function isSameMoment(last: Snapshot, order: SnapshotRequest): boolean {
  return order.cause !== 'manual' && last.session === order.session && last.prompt === order.prompt;
}

async function openGround(store: OpenedStore, tree: WorkTree, parts: TakeParts): Promise<Ground> {
  const { signal, limits, isBackground = false, watchMs, environment, stateRoot, ask } = parts;
  const calls = { ...SMALL_CALL, signal };
  const rules = await readTreeRules(tree, environment, stateRoot, calls, ask);
  const place = { workTree: store.workTree, settings: [...rules.settings, WHOLE_INDEX] };
  const git = createStoreGit(store, { ...place, signal, isBackground, watchMs });
  return { git, store, tree, rules, limits, staging: parts, ...(await lastOf(store)) };
}

/** An earlier version split it. */
const WHOLE_INDEX = 'core.splitIndex=false';

/**
 * The snapshot before, and what the index had then. Where the store lost it, or where the
 * repository is another one by now, the index goes, too; an index without a snapshot is of a first
 * one that was interrupted.
 */
async function lastOf(store: OpenedStore): Promise<Pick<Ground, 'state' | 'last'>> {
  const state = readState(store);
  const last =
    state === undefined
      ? undefined
      : (readKeptSnapshot(store, state) ?? (await readSnapshotAt(store, state.ref)));
  if (store.isRecloned || (state !== undefined && last === undefined)) {
    deleteState(store);
    return { state: undefined, last: undefined };
  }
  return { state, last };
}
