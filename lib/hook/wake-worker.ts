import { findFolderFault } from '../core/folder-fault.ts';
import { packageFolder } from '../core/package-folder.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { autostart, type AutostartParts } from './autostart.ts';

export interface WakeParts extends Pick<AutostartParts, 'folder' | 'environment' | 'now' | 'by'> {
  /**
   * Whether a worker may be started. If the state folder is not private to this user, it would exit
   * at once.
   */
  readonly autostart: boolean;
  /** Whether a worker of another version leads, which a new one replaces. */
  readonly isOutdated?: boolean;
}

/**
 * Rings every worker, and starts one if no pipe has a reader.
 * @returns whether a worker is awake or was started.
 */
export function wakeWorker({
  folder,
  environment,
  now,
  by,
  autostart: mayStart,
  isOutdated = false,
}: WakeParts): boolean {
  const isAwake = ringAll(folder.wake) > 0;
  if (isAwake && !isOutdated) return true;
  if (!mayStart || findFolderFault(folder.root) !== undefined) return isAwake;
  autostart({
    folder,
    environment,
    script: `${packageFolder()}/dist/hooks/cli`,
    node: process.execPath,
    now,
    by,
  });
  return true;
}
