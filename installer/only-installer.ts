import { existsSync } from 'node:fs';
import { WaymarkError } from '../lib/core/errors.ts';
import { type HeldLock, holdLock } from '../lib/core/with-lock.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * Longest wait per retry of a settings file's lock: half a minute for a command, in which also the
 * lock of an installer that was killed expires.
 */
const RETRY_MS = 1_500;

/**
 * Runs `work` while no other installer changes the same state folder. Each settings file has a lock
 * of its own, but launchers, records and notes are shared by all of them: installers of two
 * projects at once would overwrite each other's notes, and an uninstaller would delete the
 * launchers that an installer has just written.
 * @throws {@link WaymarkError} INSTALL_FAILED while another one is at work; whatever `work` throws.
 */
export async function asOnlyInstaller<T>(
  { folder, lockRetries }: Pick<InstallerContext, 'folder' | 'lockRetries'>,
  work: () => Promise<T>,
): Promise<T> {
  if (!existsSync(folder.root)) return await work();
  const lock = await takeLock(`${folder.root}/install`, lockRetries * RETRY_MS);
  if (lock === 'held')
    throw new WaymarkError(
      'INSTALL_FAILED',
      `Cannot change ${folder.root}: another waymark installer is at work there`,
      { remedy: 'Run the command again when that one has ended. Nothing was changed.' },
    );
  try {
    return await work();
  } finally {
    await lock?.release();
  }
}

/** @returns `undefined` where the disk refuses a lock: hooks must be removable there, too. */
async function takeLock(file: string, patienceMs: number): Promise<HeldLock | 'held' | undefined> {
  try {
    return (await holdLock(file, patienceMs)) ?? 'held';
  } catch {
    return undefined;
  }
}
