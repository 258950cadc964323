import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { WaymarkError } from '../../core/errors.ts';
import { holdStore } from '../../snapshots/hold-store.ts';
import { createBlobReader } from '../../snapshots/restore/blob-reader.ts';
import { type RecoveredRestore, recoverRestores } from '../../snapshots/restore/apply-restore.ts';
import { RestoreJournal } from '../../snapshots/restore/journal.ts';
import { journalFolder, restoreLock } from '../../snapshots/restore/places.ts';
import type { BlobReader } from '../../snapshots/restore/stage-drafts.ts';
import { findStore, type SnapshotStore } from '../../snapshots/open-store.ts';
import { findWorkTree, type WorkTree } from '../../snapshots/work-tree.ts';
import { sqliteDriver } from '../../store/driver.ts';
import { takeLead } from '../../store/leader-lock.ts';
import type { ActionContext } from '../action-context.ts';

export type { RecoveredRestore } from '../../snapshots/restore/apply-restore.ts';
export { pathText } from '../../snapshots/restore/path-state.ts';

/**
 * What every restore of a work tree needs: its store, its journal, and the lock that lets one
 * restore run at a time.
 */
export interface RestoreContext {
  readonly actionContext: ActionContext;
  readonly tree: WorkTree;
  readonly store: SnapshotStore;
  readonly journal: RestoreJournal;
  readonly blobs: BlobReader;
  /** Restores that a kill left in the middle, and what became of them just now. */
  readonly recovered: readonly RecoveredRestore[];
  /** Lets others restore. */
  readonly release: () => void;
}

/**
 * Takes the lock of the work tree that `cwd` is in, and brings to an end what a killed restore
 * left. The kernel frees the lock with the process.
 * @throws {@link WaymarkError} NOT_FOUND without snapshots, RESTORE_FAILED while another restore
 * runs, SNAPSHOT_REFUSED.
 */
export async function openRestoreContext(
  actionContext: ActionContext,
  cwd: string,
): Promise<RestoreContext> {
  const place = { stateRoot: actionContext.folder.root, environment: actionContext.environment };
  const tree = await findWorkTree(cwd, { ...place, mayBePlain: true });
  const store = findStore(tree, place);
  if (store === undefined)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot restore files of ${tree.path}: no checkpoint has files yet`,
      { remedy: '`waymark checkpoint` creates one.' },
    );
  const lock = takeLead(restoreLock(store), sqliteDriver());
  if (lock === undefined)
    throw new WaymarkError(
      'RESTORE_FAILED',
      `Cannot restore files of ${tree.path}: another restore is running there`,
      { remedy: 'Answer its question or wait until it has finished, then run this again.' },
    );
  try {
    const journal = new RestoreJournal(journalFolder(store));
    const blobs = createBlobReader(store);
    const recovered = await recoverRestores(journal, blobs, tree.path);
    return { actionContext, tree, store, journal, blobs, recovered, release: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Whether a killed restore of the work tree around `cwd` waits to be finished or undone. Takes no
 * lock, changes nothing.
 */
export async function hasUnfinishedRestore(
  { folder, environment }: ActionContext,
  cwd: string,
): Promise<boolean> {
  const place = { stateRoot: folder.root, environment };
  try {
    const store = findStore(await findWorkTree(cwd, { ...place, mayBePlain: true }), place);
    if (store === undefined || !existsSync(journalFolder(store))) return false;
    return new RestoreJournal(journalFolder(store)).unfinished().length > 0;
  } catch (error) {
    if (error instanceof WaymarkError) return false; // a folder whose files are not kept
    throw error;
  }
}

/** Names a restore, and the drafts that it makes. */
export function createDraftMark(): string {
  return randomBytes(8).toString('hex');
}

const PATIENCE_MS = 30_000;

/** Prevents snapshots while `work` changes files: one of a half-done restore would be useless. */
export async function withoutSnapshots<T>(
  store: SnapshotStore,
  work: () => Promise<T>,
): Promise<T> {
  const held = await holdStore(store, PATIENCE_MS);
  if (held === undefined)
    throw new WaymarkError(
      'SNAPSHOT_BUSY',
      `Cannot restore files of ${store.workTree}: a snapshot has been running for more than ${PATIENCE_MS / 1000} s`,
    );
  try {
    return await work();
  } finally {
    held.release();
  }
}
