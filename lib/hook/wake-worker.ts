import { packageFolder } from '../core/package-folder.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { autostart, type AutostartParts } from './autostart.ts';

export interface WakeParts extends Pick<AutostartParts, 'folder' | 'environment' | 'now' | 'by'> {
  /** Whether one may be started. */
  readonly autostart: boolean;
}

/** Rings every worker and starts one if no pipe has a reader, as a hook does. @returns whether a worker is awake or was started. */
export function wakeWorker({
  folder,
  environment,
  now,
  by,
  autostart: mayStart,
}: WakeParts): boolean {
  if (ringAll(folder.wake) > 0) return true;
  if (!mayStart) return false;
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
