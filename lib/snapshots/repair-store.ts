import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { namesIn, removeQuietly } from '../core/files.ts';
import { removeTree } from '../core/remove-tree.ts';
import { GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { createStoreGit, initStore, PACKS, type SnapshotStore } from './open-store.ts';
import {
  areSettingsBroken,
  isPackComplete,
  listOrphanPacks,
  listPackPaths,
} from './store-damage.ts';
import { recoverRefs } from './recover-refs.ts';
import { deleteState, readState } from './store-state.ts';

/**
 * Takes damaged packs and objects away, after what can be read of them was stored again, so that
 * git does not take for stored what it cannot read. The next snapshot reads every file, and stores
 * what was lost and is still in the work tree. Only for the holder of the store's lock.
 * @returns how many snapshots are lost as nothing names them any more.
 * @throws {@link GitFailure} on a full disk and the like; the signal's reason.
 */
export async function repairStore(
  store: SnapshotStore,
  signal: AbortSignal | undefined,
): Promise<number> {
  const git = createStoreGit(store, { signal, settings: ['pack.threads=1'] });
  const lastRef = readState(store)?.ref;
  deleteState(store);
  if (areSettingsBroken(store)) await initStore(store);
  removeBrokenObjects(store.folder);
  for (const path of listPackPaths(store)) await repairPack(git, path);
  return await recoverRefs(git, store, lastRef);
}

/**
 * Gives packs their indexes that have none, and deletes those that were not finished. No snapshot
 * has to need them, so nothing else is repaired.
 */
export async function repairOrphanPacks(
  store: SnapshotStore,
  signal: AbortSignal | undefined,
): Promise<void> {
  const git = createStoreGit(store, { signal, settings: ['pack.threads=1'] });
  for (const path of listOrphanPacks(store)) await repairPack(git, path);
}

/** Single objects are named by the hash of what is in them. */
function removeBrokenObjects(folder: string): void {
  for (const first of namesIn(`${folder}/objects`)) {
    if (!/^[0-9a-f]{2}$/.test(first)) continue;
    for (const rest of namesIn(`${folder}/objects/${first}`)) {
      const path = `${folder}/objects/${first}/${rest}`;
      if (hashOfObject(path, rest.length) !== first + rest) removeQuietly(path);
    }
  }
}

function hashOfObject(path: string, length: number): string | undefined {
  try {
    const hash = createHash(length > 40 ? 'sha256' : 'sha1');
    return hash.update(inflateSync(readFileSync(path))).digest('hex');
  } catch {
    return undefined;
  }
}

async function repairPack(git: StoreGit, path: string): Promise<void> {
  if (await succeeds(git, ['verify-pack', `${path}.pack`])) return;
  if (await isIndexMade(git, path)) return;
  const aside = `${git.gitDir}/damaged`;
  // git reads nothing of a pack that was cut, not even what is there
  if (isPackComplete(path)) await copyReadable(git, path);
  // out of the way: git does not store what it believes to have
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  const moved = `${aside}/pack`;
  renameSync(`${path}.pack`, `${moved}.pack`);
  for (const end of ['idx', 'keep', 'rev']) removeQuietly(`${path}.${end}`);
  if (statSync(`${moved}.pack`).size <= MAX_UNPACKED_BYTES) {
    const input = readFileSync(`${moved}.pack`);
    await callStoreGit(git, ['unpack-objects', '-r', '-q'], { input }).catch(passGitFailure);
  }
  removeTree(aside);
}

/** What goes through our memory. */
const MAX_UNPACKED_BYTES = 256 << 20;

/** Makes the index of a pack anew, which succeeds only with a pack that is whole. */
async function isIndexMade(git: StoreGit, path: string): Promise<boolean> {
  const draft = `${git.gitDir}/${PACKS}/tmp_idx_repair`;
  const isMade = await succeeds(git, ['index-pack', '-o', draft, `${path}.pack`]);
  if (isMade) renameSync(draft, `${path}.idx`);
  removeQuietly(draft);
  removeQuietly(`${git.gitDir}/${PACKS}/tmp_rev_repair`);
  return isMade;
}

/** Stores again what git can read of a pack. A portion that fails is halved. */
async function copyReadable(git: StoreGit, path: string): Promise<void> {
  const known = await listPacked(git, path);
  let tries = MAX_TRIES;
  const copy = async (oids: readonly string[]): Promise<void> => {
    tries -= 1;
    if (oids.length === 0 || tries < 0 || (await isPacked(git, oids)) || oids.length === 1) return;
    const half = Math.ceil(oids.length / 2);
    await copy(oids.slice(0, half));
    await copy(oids.slice(half));
  };
  await copy(known);
}

/** Each is a process. One damaged object of 2,000 needs 24. */
const MAX_TRIES = 300;

async function listPacked(git: StoreGit, path: string): Promise<readonly string[]> {
  try {
    const input = readFileSync(`${path}.idx`);
    const printed = (await callStoreGit(git, ['show-index'], { input })).toString('latin1');
    return printed.split('\n').flatMap((line) => /^\d+ ([0-9a-f]+)/.exec(line)?.[1] ?? []);
  } catch {
    return []; // without an index, or with a broken one
  }
}

async function isPacked(git: StoreGit, oids: readonly string[]): Promise<boolean> {
  const args = ['pack-objects', '-q', '--no-reuse-delta', `${git.gitDir}/${PACKS}/pack`];
  return await succeeds(git, args, oids.map((oid) => `${oid}\n`).join(''));
}

async function succeeds(git: StoreGit, args: readonly string[], input = ''): Promise<boolean> {
  try {
    await callStoreGit(git, args, { input });
    return true;
  } catch (error) {
    passGitFailure(error);
    return false;
  }
}

/** What git refuses is damage; anything else, and a full disk, ends the repair. */
function passGitFailure(error: unknown): void {
  const isDamage =
    error instanceof GitFailure && !error.isMissing && !/No space|quota/i.test(error.message);
  if (!isDamage) throw error;
}
