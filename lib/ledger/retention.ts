import { rmSync, statSync } from 'node:fs';
import type { FileKeeper } from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';

/** What hooks noted of a session, a folder for each. */
export const noteKeeper: FileKeeper = {
  name: 'throttle',
  prune: ({ throttle }, before) => {
    for (const session of namesIn(throttle)) {
      const path = `${throttle}/${session}`;
      const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before;
      if (changedAt < before) rmSync(path, { recursive: true, force: true });
    }
  },
};
