import type { FileKeeper } from '../core/file-keeper.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { contextViewKeeper } from '../features/context/retention.ts';
import { resumeViewKeeper } from '../features/resume/retention.ts';
import { logKeeper } from '../journal/retention.ts';
import { noteKeeper } from '../ledger/retention.ts';
import { queueKeeper } from '../queue/retention.ts';
import type { Database } from '../store/database.ts';
import { expireRows } from './row-keepers.ts';

const FILE_KEEPERS: readonly FileKeeper[] = [
  noteKeeper,
  resumeViewKeeper,
  contextViewKeeper,
  logKeeper,
  queueKeeper,
];

/**
 * Takes away what is older than `keepMs`; ids of removed events stay as tombstones, so that nothing comes back as new.
 * @param written The `seq` of the last event that logs and archive have: later ones stay.
 */
export function cleanUp(
  folder: StateFolder,
  database: Database,
  keepMs: number,
  now: number,
  written = Number.MAX_SAFE_INTEGER,
): void {
  const before = now - keepMs;
  expireRows(database, { before, now, written: Math.min(written, Number.MAX_SAFE_INTEGER) });
  for (const keeper of FILE_KEEPERS) keeper.prune(folder, before);
}
