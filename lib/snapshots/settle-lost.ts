import { removeQuietly } from '../core/files.ts';
import { GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { splitPaths } from './ignore-rules.ts';
import { createStoreGit, type SnapshotStore } from './open-store.ts';
import { readLeftOut, readSnapshotAt } from './read-snapshots.ts';
import { readObjects } from './read-objects.ts';
import type { BytePath } from './restore/path-state.ts';
import { readRefTime, setRefTime } from './ref-times.ts';
import { REFS } from './snapshot.ts';
import { readNotes } from './stat-notes.ts';
import type { Losses } from './store-damage.ts';
import { FILES, NEWER_NOTES, NOTES, writeCommit } from './write-commit.ts';

/**
 * Makes the snapshots partial that lost the content of files, and deletes those that lost more:
 * else git would never again delete anything in the store. Called when the latest snapshot has the
 * whole work tree again.
 */
export async function settleLosses(
  store: SnapshotStore,
  signal: AbortSignal | undefined,
): Promise<Losses> {
  const git = createStoreGit(store, { signal });
  const listed = await callStoreGit(git, ['for-each-ref', '--format=%(refname)', REFS]);
  const losses = { snapshots: 0, partial: 0 };
  for (const ref of listed.toString('utf8').split('\n').filter(Boolean)) {
    const found = await settleOne(git, store, ref);
    if (found === 'deleted') losses.snapshots += 1;
    if (found === 'partial') losses.partial += 1;
  }
  return losses;
}

async function settleOne(
  git: StoreGit,
  store: SnapshotStore,
  ref: string,
): Promise<'whole' | 'partial' | 'deleted'> {
  const lost = await listLost(git, ref);
  if (lost?.size === 0) return 'whole';
  if (lost !== undefined && (await isMadePartial(git, store, ref, lost))) return 'partial';
  removeQuietly(`${store.folder}/${ref}`); // refs are never packed
  return 'deleted';
}

/** @returns `undefined` if git cannot tell, as the commit itself was lost. */
async function listLost(git: StoreGit, ref: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const args = ['rev-list', '--objects', '--no-object-names', '--missing=print', ref];
    const lines = (await callStoreGit(git, args)).toString('latin1').split('\n');
    return new Set(lines.flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : [])));
  } catch (error) {
    if (error instanceof GitFailure && !error.isMissing) return undefined;
    throw error;
  }
}

/** @returns whether nothing but content of files was lost. */
async function isMadePartial(
  git: StoreGit,
  store: SnapshotStore,
  ref: string,
  lost: ReadonlySet<string>,
): Promise<boolean> {
  const snapshot = await readSnapshotAt(store, ref);
  if (snapshot === undefined) return false;
  const { commit, isPartial: _derived, ...facts } = snapshot;
  const paths = await pathsOf(git, commit, lost);
  if (paths === undefined) return false;
  const [head] = await readObjects(git, [`${commit}:${NEWER_NOTES}`]);
  const [excludes] = await readObjects(git, [`${commit}:excludes`]);
  const [filesTree, previousNotes] = await treesOf(git, commit);
  if (filesTree === undefined) return false;
  const leftOut = new Map(await readLeftOut(store, snapshot));
  for (const path of paths) leftOut.set(path, 'lost');
  const time = readRefTime(`${store.folder}/${ref}`);
  await writeCommit(
    git,
    { ...facts, leftOut: leftOut.size, files: Math.max(0, facts.files - paths.length) },
    {
      ...{ filesTree, previousNotes, removed: paths, notes: new Map(), leftOut },
      newerNotes: readNotes(head ?? Buffer.alloc(0)),
      excludes: excludes?.toString('latin1') ?? '',
    },
  );
  if (time !== undefined) setRefTime(`${store.folder}/${ref}`, time); // it is as old as it was
  return true;
}

/** The files whose content was lost; `undefined` if anything else was, too. */
async function pathsOf(
  git: StoreGit,
  commit: string,
  lost: ReadonlySet<string>,
): Promise<readonly BytePath[] | undefined> {
  try {
    const rows = splitPaths(await callStoreGit(git, ['ls-tree', '-r', '-z', commit]));
    const all = rows.flatMap((row) => {
      const [, oid = '', path = ''] = /^\d+ \w+ ([0-9a-f]+)\t(.+)$/s.exec(row) ?? [];
      return lost.has(oid) ? [path] : [];
    });
    const isOnlyFiles = all.length > 0 && all.every((path) => path.startsWith(`${FILES}/`));
    return isOnlyFiles ? all.map((path) => path.slice(FILES.length + 1)) : undefined;
  } catch (error) {
    if (error instanceof GitFailure && !error.isMissing) return undefined; // a tree was lost
    throw error;
  }
}

async function treesOf(
  git: StoreGit,
  commit: string,
): Promise<readonly [files: string | undefined, notes: string | undefined]> {
  const printed = (await callStoreGit(git, ['ls-tree', commit])).toString('latin1');
  const treeAt = (name: string): string | undefined =>
    new RegExp(`^040000 tree ([0-9a-f]+)\t${name}$`, 'm').exec(printed)?.[1];
  return [treeAt(FILES), treeAt(NOTES)];
}
