import { reasonOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Journal } from '../../journal/open-journal.ts';
import { cleanUp } from '../../retention/clean-up.ts';
import type { RetentionSettings } from '../../retention/keepers.ts';
import type { Database } from '../../store/database.ts';
import { storeFaultOf } from '../../store/store-fault.ts';
import { noteCleaned } from '../table.ts';
import type { StoreConnection } from '../store-connection.ts';

/**
 * Called between two slices of a scan; lets signals, rings and batches run.
 * @returns whether this store is still open and the worker goes on.
 */
export type CanScan = (database: Database) => Promise<boolean>;

export interface CleanUpTaskParts {
  readonly folder: StateFolder;
  readonly config: { readonly values: RetentionSettings };
  readonly clock: () => number;
  readonly log: Log;
  readonly storeConnection: Pick<StoreConnection, 'get' | 'report'>;
  readonly journal: Pick<Journal, 'writtenUpTo'>;
  readonly canScan: CanScan;
  readonly once: boolean;
}

/**
 * Makes the hourly clean-up. Planning for the budget scans the store: it runs beside the loop, in
 * slices, and a worker that is asked to stop leaves it to the next one. With `once` the loop waits
 * for it.
 */
export function cleanUpTask(parts: CleanUpTaskParts): () => Promise<void> | undefined {
  let isRunning = false;
  const run = async (database: Database): Promise<void> => {
    const { folder, config, clock, log, storeConnection, journal, canScan } = parts;
    isRunning = true;
    try {
      const written = journal.writtenUpTo(database);
      const what = { folder, database, settings: config.values, now: clock(), written };
      const cleaned = await cleanUp(what, () => canScan(database));
      noteCleaned(database, cleaned ?? [], clock());
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault !== undefined) storeConnection.report(fault);
      // A store that is out has an alert of its own; an error would raise a second one.
      const level = fault === undefined ? 'error' : 'warn';
      log(level, 'TASK_FAILED', `Cannot finish clean-up: ${reasonOf(error)}`);
    } finally {
      isRunning = false;
    }
  };
  return () => {
    const database = isRunning ? undefined : parts.storeConnection.get();
    if (database === undefined) return undefined;
    const running = run(database);
    return parts.once ? running : undefined;
  };
}
