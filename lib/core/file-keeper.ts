import { rmSync, statSync } from 'node:fs';
import { namesIn } from './files.ts';
import type { StateFolder } from './state-folder.ts';

/** One kind of files and how long they stay; its owner makes it, `lib/retention` has the list. */
export interface FileKeeper {
  readonly name: string;
  /** Removes what was last changed before `before`, or is too large. */
  readonly prune: (folder: StateFolder, before: number) => void;
}

/** Files of one folder that go by their age; folders in it stay. */
export function removeOldFiles(place: string, before: number): void {
  for (const file of namesIn(place)) {
    const found = statSync(`${place}/${file}`, { throwIfNoEntry: false });
    if (found?.isFile() && found.mtimeMs < before) rmSync(`${place}/${file}`, { force: true });
  }
}
