import { reasonOf, WaymarkError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Environment } from '../../git/run-git.ts';
import { GitFailure } from '../../git/git-failure.ts';
import { REPAIR_REMEDY } from '../../snapshots/store-damage.ts';
import { hasDamage, markForRepair } from '../../snapshots/store-damage.ts';
import { findStore, type SnapshotStore } from '../../snapshots/open-store.ts';
import { toBytePath } from '../../snapshots/restore/path-state.ts';
import { findWorkTree, isAtOrBelow, type WorkTree } from '../../snapshots/work-tree.ts';
import { resolve } from 'node:path';
import { realPathOr } from '../../core/state-folder.ts';

/** Where a command asks for snapshots. */
export interface SnapshotPlace {
  readonly folder: StateFolder;
  readonly environment: Environment;
  readonly cwd: string;
  readonly clock: Clock;
}

export interface PlacedStore {
  readonly tree: WorkTree;
  readonly store: SnapshotStore;
}

/**
 * The snapshots of the work tree that a command runs in.
 * @throws {@link WaymarkError} NOT_FOUND while there are none, SNAPSHOT_REFUSED where there cannot
 * be any.
 */
export async function requireStoreHere(where: SnapshotPlace): Promise<PlacedStore> {
  const { tree, store } = await findStoreHere(where);
  if (store !== undefined) return { tree, store };
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot find checkpoints of ${tree.path}: there are none yet`,
    {
      remedy: '`waymark checkpoint` creates one.',
    },
  );
}

/** The same, where there may be none yet. @throws {@link WaymarkError} SNAPSHOT_REFUSED. */
export async function findStoreHere({ folder, environment, cwd }: SnapshotPlace): Promise<{
  readonly tree: WorkTree;
  readonly store: SnapshotStore | undefined;
}> {
  const place = { environment, stateRoot: folder.root };
  const tree = await findWorkTree(cwd, { ...place, mayBePlain: true });
  return { tree, store: findStore(tree, place) };
}

/** Whether what was saved is known to be damaged. The next snapshot repairs it. */
export async function isStoreDamaged(where: SnapshotPlace): Promise<boolean> {
  const { store } = await findStoreHere(where);
  return store !== undefined && hasDamage(store);
}

/**
 * Lets `read` read a store.
 * @throws {@link WaymarkError} SNAPSHOT_FAILED where git cannot read it.
 */
export async function readingStore<T>(store: SnapshotStore, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    if (!error.isMissing) markForRepair(store);
    throw new WaymarkError(
      'SNAPSHOT_FAILED',
      `Cannot read the saved files of ${store.workTree}: ${reasonOf(error)}`,
      { cause: error, remedy: error.isMissing ? 'Install git 2.30 or later.' : REPAIR_REMEDY },
    );
  }
}

/**
 * Paths on a command line, as a snapshot has them.
 * @throws {@link WaymarkError} USAGE for one outside of the work tree.
 */
export function pathsBelow(
  { path: top }: WorkTree,
  cwd: string,
  paths: readonly string[],
): readonly string[] {
  const folder = realPathOr(cwd);
  return paths.map((path) => {
    const full = resolve(folder, path);
    if (isAtOrBelow(full, top)) return toBytePath(full === top ? '' : full.slice(top.length + 1));
    throw new WaymarkError('USAGE', `Cannot use ${path}: it is not in ${top}`, {
      remedy: 'Give paths of this work tree.',
    });
  });
}
