import { lstatSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../core/files.ts';
import { removeTree } from '../core/remove-tree.ts';

const PREFIX = 'waymark-commit-';

/** Longer than a commit may take: who made it is dead. */
const LEFT_MS = 30 * 60_000;

/** A folder of our own for the private index and the drafts of one commit. */
export function makeScratch(temporary: string): string {
  return mkdtempSync(join(temporary, PREFIX));
}

/**
 * Deletes those that a killed worker left: the drafts in them may have a secret. Folders of other
 * users stay, and what refuses stays for the next time.
 */
export function removeOldScratches(temporary: string, now: number): void {
  for (const name of namesIn(temporary)) {
    const path = join(temporary, name);
    const at = name.startsWith(PREFIX)
      ? lstatSync(path, { throwIfNoEntry: false })?.mtimeMs
      : undefined;
    if (at !== undefined && now - at > LEFT_MS) removeTree(path);
  }
}
