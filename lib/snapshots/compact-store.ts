import { lstatSync, readdirSync } from 'node:fs';
import { namesIn, readTextOrEmpty, removeQuietly } from '../core/files.ts';
import { removeTree } from '../core/remove-tree.ts';
import type { Environment } from '../git/run-git.ts';
import { GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { holdStore } from './hold-store.ts';
import { createStoreGit, PACKS, type SnapshotStore, SNAPSHOTS, storeAt } from './open-store.ts';
import { TO_COMPACT } from './retention.ts';
import { markForRepair } from './store-damage.ts';
import { deleteState, readState, removeLeftovers } from './store-state.ts';

export interface CompactParts {
  readonly signal: AbortSignal;
  readonly clock: () => number;
  readonly isBackground?: boolean;
}

/** All stores that are finished. */
export function listStores(stateRoot: string, environment: Environment): readonly SnapshotStore[] {
  return namesIn(`${stateRoot}/${SNAPSHOTS}`).flatMap(
    (name) => storeAt(`${stateRoot}/${SNAPSHOTS}/${name}`, environment) ?? [],
  );
}

/**
 * Compacts every store from which snapshots went. One that is in use, or that git cannot read,
 * keeps its mark for the next time.
 * @throws the signal's reason.
 */
export async function compactStores(
  stateRoot: string,
  environment: Environment,
  parts: CompactParts,
): Promise<void> {
  for (const store of listStores(stateRoot, environment)) {
    if (needsCompaction(store) !== 'whole') continue;
    try {
      await compactStore(store, 'whole', parts);
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
    }
  }
}

/**
 * What a store needs: `whole` once snapshots went, `small` once small packs or single objects are
 * many.
 */
export function needsCompaction({ folder }: SnapshotStore): 'whole' | 'small' | undefined {
  if (lstatSync(`${folder}/${TO_COMPACT}`, { throwIfNoEntry: false }) !== undefined) return 'whole';
  const { kept, small } = listPacks(folder);
  if (kept.length > MAX_KEPT_PACKS) return 'whole';
  // one of 256 folders tells how full they are, as git itself guesses
  const areManyLoose = namesIn(`${folder}/objects/17`).length > MAX_LOOSE / 256;
  return areManyLoose || small.length > MAX_SMALL_PACKS ? 'small' : undefined;
}

interface Packs {
  /** Names of packs that only a whole compaction writes anew. */
  readonly kept: readonly string[];
  readonly small: readonly string[];
}

function listPacks(folder: string): Packs {
  const names = new Set(namesIn(`${folder}/${PACKS}`));
  const packs = [...names].filter((name) => name.endsWith('.pack'));
  const isKept = (name: string): boolean =>
    names.has(name.replace(/pack$/, 'keep')) || isLarge(`${folder}/${PACKS}/${name}`);
  return { kept: packs.filter(isKept), small: packs.filter((name) => !isKept(name)) };
}

function isLarge(path: string): boolean {
  return (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_SMALL_BYTES;
}

/**
 * Gives back what snapshots that are gone took, and packs what lies about. Does nothing while one
 * is taken.
 * @returns `broken`: the store lost objects, and nothing was deleted; the next snapshot repairs it.
 * @throws {@link GitFailure}, the signal's reason.
 */
export async function compactStore(
  store: SnapshotStore,
  need: 'whole' | 'small',
  { signal, clock, isBackground = false }: CompactParts,
): Promise<'done' | 'busy' | 'broken'> {
  const lock = await holdStore(store, 0);
  if (lock === undefined) return 'busy';
  try {
    removeLeftovers(store, clock());
    const git = createStoreGit(store, { signal, isBackground });
    const state = readState(store);
    if (state !== undefined && readTextOrEmpty(`${store.folder}/${state.ref}`) === '')
      deleteState(store); // it names a session that was forgotten
    if (need === 'small' && (await repackSmall(git, store))) return 'done';
    if (!(await isWhole(git))) {
      markForRepair(store);
      return 'broken';
    }
    if (need === 'whole') await repackAll(git, store);
    return 'done';
  } finally {
    lock.release();
  }
}

const MAX_SMALL_PACKS = 20;
const MAX_KEPT_PACKS = 200;
const MAX_LOOSE = 2_048;

/** A larger pack is not written anew for the sake of small ones. */
const MAX_SMALL_BYTES = 32 << 20;

/** Little memory, one core. */
const SMALL = [
  'pack.threads=1',
  'pack.windowMemory=32m',
  'pack.deltaCacheSize=16m',
  'core.compression=6',
].flatMap((setting) => ['-c', setting]);

/**
 * Where no index is. That of the store has the same folders by other paths, and git looks for
 * versions of a folder among those of the same path. What the index alone has is in single objects
 * or kept packs, and stays there.
 */
const NO_INDEX = 'no-index';

/**
 * Makes one pack of the small ones. Trees and notes are in them, so each version of a folder is
 * stored as its difference from another.
 * @returns whether git had all that it needs.
 */
async function repackSmall(git: StoreGit, { folder }: SnapshotStore): Promise<boolean> {
  const kept = listPacks(folder).kept.map((name) => `--keep-pack=${name}`);
  try {
    const withoutIndex = { ...git, index: `${folder}/${NO_INDEX}` };
    await callStoreGit(withoutIndex, [...SMALL, ...['repack', '-a', '-d', '-q'], ...kept]);
    return true;
  } catch (error) {
    if (error instanceof GitFailure && !error.isMissing) return false;
    throw error;
  }
}

async function repackAll(git: StoreGit, store: SnapshotStore): Promise<void> {
  for (const name of namesIn(`${store.folder}/${PACKS}`))
    if (name.endsWith('.keep')) removeQuietly(`${store.folder}/${PACKS}/${name}`);
  await callStoreGit(git, [...SMALL, 'repack', '-a', '-d', '-q']);
  await callStoreGit(git, ['prune', '--expire=now']);
  removeQuietly(`${store.folder}/${TO_COMPACT}`);
  removeEmptyFolders(`${store.folder}/refs/waymark`);
}

/** Whether every object is there that a snapshot needs. */
async function isWhole(git: StoreGit): Promise<boolean> {
  try {
    await callStoreGit(git, ['fsck', '--connectivity-only', '--no-dangling', '--no-progress']);
    return true;
  } catch (error) {
    if (error instanceof GitFailure && !error.isMissing) return false;
    throw error;
  }
}

/** Folders of sessions and prompts that have no snapshot any more. Their names would be a trace. */
function removeEmptyFolders(folder: string): void {
  for (const name of namesIn(folder)) {
    const path = `${folder}/${name}`;
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    removeEmptyFolders(path);
    if (readdirSync(path).length === 0) removeTree(path);
  }
}
