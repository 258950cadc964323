import { existsSync } from 'node:fs';
import { WaymarkError } from '../../core/errors.ts';
import { listStores } from '../../snapshots/compact-store.ts';
import { createBlobReader } from '../../snapshots/restore/blob-reader.ts';
import { recoverRestores } from '../../snapshots/restore/apply-restore.ts';
import { journalFolder, restoreLock } from '../../snapshots/restore/places.ts';
import { RestoreJournal } from '../../snapshots/restore/journal.ts';
import { sqliteDriver } from '../../store/driver.ts';
import { takeLead } from '../../store/leader-lock.ts';
import type { ActionContext } from '../action-context.ts';

/**
 * Finishes every restore that a kill interrupted, in all work trees, before a caller deletes the
 * notes that this needs.
 * @throws {@link WaymarkError} RESTORE_FAILED while a restore runs.
 */
export async function finishRestores({
  folder,
  environment,
}: Pick<ActionContext, 'folder' | 'environment'>): Promise<void> {
  for (const store of listStores(folder.root, environment)) {
    if (!existsSync(journalFolder(store))) continue;
    const lock = takeLead(restoreLock(store), sqliteDriver());
    if (lock === undefined)
      throw new WaymarkError(
        'RESTORE_FAILED',
        `Cannot delete the snapshots of ${store.workTree}: a restore is running there`,
        { remedy: 'Wait until it has finished, then run this again.' },
      );
    try {
      await recoverRestores(
        new RestoreJournal(journalFolder(store)),
        createBlobReader(store),
        store.workTree,
      );
    } finally {
      lock.release();
    }
  }
}
