import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import type { FileKeeper } from '../core/file-keeper.ts';
import { PRIORITIES, queueFolder } from './queue-folder.ts';

/** A folder that once held a large backlog stays slow to list until it is made anew. */
const LARGE_FOLDER_BYTES = 1024 * 1024;

/** Entries never go by age; the room that their folders take does. */
export const queueKeeper: FileKeeper = {
  name: 'queue',
  prune: ({ queue }) => {
    for (const priority of PRIORITIES)
      renewLargeFolder(`${queueFolder(queue).pending}/${priority}`);
  },
};

/** `rmdir` succeeds only while the folder is empty; a hook that meets the gap makes the folder itself. */
function renewLargeFolder(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < LARGE_FOLDER_BYTES) return;
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'ENOENT') throw error;
    return;
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
