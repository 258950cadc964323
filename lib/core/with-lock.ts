import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, reasonOf, WaymarkError } from './errors.ts';

/** A lock that was not renewed for this long counts as abandoned. */
const STALE_MS = 10_000;

/** What {@link withLock} passes to the work: the folders that it created, outermost first. */
export interface Locked {
  readonly madeFolders: readonly string[];
}

/**
 * Runs `work` while it holds the lock beside `file` (`<file>.lock`, as other programs do). Creates
 * missing folders, and removes them again if the work fails.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE if the lock cannot be taken; whatever `work`
 * throws.
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
      // Compromised: the file is already written, and a stale lock expires.
      await release().catch(() => undefined);
    }
  } catch (error) {
    removeEmptyFolders(madeFolders);
    throw error;
  }
}

/** Removes these folders if they are empty, innermost first. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      if (readdirSync(folder).length > 0) return;
      rmdirSync(folder);
    } catch {
      return; // Missing, not empty, or not ours.
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
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot create ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function acquire(file: string, retries: number): Promise<() => Promise<void>> {
  // Loaded on demand: most commands that could change a file only read it.
  const { lock } = await import('proper-lockfile');
  try {
    // Only a pause of 10 s within a few system calls could compromise the lock, and the rename that
    // follows is atomic either way.
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

/** A lock that is held for longer than one step. */
export interface HeldLock {
  /**
   * Aborts when another process took the lock. That can happen after this process did not renew it
   * for {@link HELD_STALE_MS}.
   */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
}

/**
 * A held lock that was not renewed for this long counts as abandoned. No step blocks for longer.
 */
const HELD_STALE_MS = 20_000;

/**
 * Takes the lock beside `file`, whose folder must exist, and keeps it until it is released.
 * @param patienceMs How long to wait for another process.
 * @returns `undefined` if another process holds it all that time.
 * @throws the errno of a disk that refuses.
 */
export async function holdLock(file: string, patienceMs: number): Promise<HeldLock | undefined> {
  const { lock } = await import('proper-lockfile');
  const lost = new AbortController();
  // the package would try again whatever the reason, also where the disk refuses
  for (let left = Math.ceil(patienceMs / HELD_RETRY_MS); ; left -= 1) {
    try {
      const release = await lock(file, {
        realpath: false,
        stale: HELD_STALE_MS,
        onCompromised: (error) => lost.abort(error),
      });
      return { lost: lost.signal, release: () => release().catch(() => undefined) };
    } catch (error) {
      if (errnoOf(error) !== 'ELOCKED') throw error;
      if (left <= 0) return undefined;
      await sleep(HELD_RETRY_MS);
    }
  }
}

const HELD_RETRY_MS = 200;
