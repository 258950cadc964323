import { resolveConfig } from '../config/resolve.ts';
import { packageFolder, productVersion } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { leaderOfAnotherVersion } from '../queue/wakeup/heartbeat.ts';
import { wakeWorker as wake } from '../hook/wake-worker.ts';
import { type DetachedWorker, detachWorker } from './detach.ts';
import type { ActionContext } from './action-context.ts';

/**
 * How long a new worker may take until its pipe is alive; it may have to wait for one of another
 * version to end.
 */
const START_TIME_MS = 15_000;

/** Starts a worker in the background, if none leads. @throws {@link WaymarkError} WORKER_ABSENT */
export function startWorker(
  { folder, environment }: ActionContext,
  flags: readonly string[] = [],
): Promise<DetachedWorker> {
  const program = `${packageFolder()}/dist/waymark.cjs`;
  return detachWorker({
    folder,
    environment,
    node: process.execPath,
    program,
    flags,
    patienceMs: START_TIME_MS,
    version: productVersion(program),
  });
}

/**
 * Rings every worker; when none hears, one is started as a hook would do it.
 * @returns whether a worker hears or was started.
 */
export function wakeWorker({ environment, folder, clock }: ActionContext): boolean {
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const version = productVersion(`${packageFolder()}/dist/waymark.cjs`);
  return wake({
    isOutdated: isOtherVersionLeading(folder, version),
    folder,
    environment,
    now: clock(),
    by: 'cli',
    autostart: values.autostart,
  });
}

/** Whether a worker of another version leads: who starts one of this version replaces it. */
export function isOtherVersionLeading(folder: StateFolder, version: string): boolean {
  return leaderOfAnotherVersion(folder, version) !== undefined;
}
