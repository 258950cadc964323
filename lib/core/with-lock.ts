import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, reasonOf, WaymarkError } from './errors.ts';

/** Age from which a lock that is not renewed counts as left by a dead program. */
const STALE_MS = 10_000;

/** What {@link withLock} passes to the work: the folders that it made, outermost first. */
export interface Locked {
  readonly madeFolders: readonly string[];
}

/**
 * Does `work` while holding the lock beside `file` (`<file>.lock`, the form that other programs use as well). Folders that are missing are made
 * for it, and removed again if the work fails.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE when the lock cannot be had; whatever `work` throws.
 */
export async function withLock<T>(
  file: string,
  retries: number,
  work: (locked: Locked) => T,
): Promise<T> {
  const madeFolders = makeFolders(file);
  try {
    const release = await acquire(file, retries);
    try {
      return work({ madeFolders });
    } finally {
      await release().catch(() => undefined); // compromised: the file is written already, and a stale lock expires
    }
  } catch (error) {
    removeEmptyFolders(madeFolders);
    throw error;
  }
}

/** Removes these folders, innermost first, as far as they are empty. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      if (readdirSync(folder).length > 0) return;
      rmdirSync(folder);
    } catch {
      return; // missing already, not empty, or not ours to remove
    }
  }
}

function makeFolders(file: string): readonly string[] {
  const folder = dirname(file);
  try {
    const outermost = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (outermost === undefined) return [];
    const made = [folder];
    for (let step = folder; step !== outermost && step !== dirname(step); step = dirname(step))
      made.unshift(dirname(step));
    return made;
  } catch (error) {
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot make ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function acquire(file: string, retries: number): Promise<() => Promise<void>> {
  const { lock } = await import('proper-lockfile'); // most commands that could change a file only read it
  try {
    // what could compromise the lock is a pause of 10 s within a few system calls; the rename that follows is whole either way
    return await lock(file, {
      realpath: false,
      stale: STALE_MS,
      retries: { retries, minTimeout: 50, maxTimeout: 500 },
      onCompromised: () => undefined,
    });
  } catch (error) {
    const reason =
      errnoOf(error) === 'ELOCKED' ? `another program holds ${file}.lock` : reasonOf(error);
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot lock ${file}: ${reason}`, {
      cause: error,
    });
  }
}
