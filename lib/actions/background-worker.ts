import { resolveConfig } from '../config/resolve.ts';
import { packageFolder } from '../core/package-folder.ts';
import { wakeWorker as wake } from '../hook/wake-worker.ts';
import { type Detached, detachWorker } from './detach.ts';
import type { Acting } from './acting.ts';

/** How long a new worker may take until its pipe is alive. */
const START_TIME_MS = 5_000;

/** Starts a worker in the background, if none leads. @throws {@link WaymarkError} WORKER_ABSENT */
export function startWorker(
  { folder, environment }: Acting,
  flags: readonly string[] = [],
): Promise<Detached> {
  const program = `${packageFolder()}/dist/waymark.cjs`;
  return detachWorker({
    folder,
    environment,
    node: process.execPath,
    program,
    flags,
    patienceMs: START_TIME_MS,
  });
}

/**
 * Rings every worker; when none hears, one is started as a hook would do it.
 * @returns whether a worker hears or was started.
 */
export function wakeWorker({ environment, folder, clock }: Acting): boolean {
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  return wake({
    folder,
    environment,
    now: clock(),
    by: 'cli',
    autostart: values.autostart,
  });
}
