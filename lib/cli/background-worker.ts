import { resolveConfig } from '../core/config/resolve.ts';
import { packageFolder } from '../core/package-folder.ts';
import { autostart } from '../hook/autostart.ts';
import { ringAll } from '../wakeup/ring.ts';
import { type Detached, detachWorker } from '../worker/detach.ts';
import type { CommandContext } from './command-context.ts';

/** How long a new worker may take until its pipe is alive. */
const START_TIME_MS = 5_000;

/** Starts a worker in the background, if none leads. @throws {@link WaymarkError} WORKER_ABSENT */
export function startWorker(context: CommandContext, flags: readonly string[] = []): Promise<Detached> {
  const program = `${packageFolder()}/dist/waymark.js`;
  return detachWorker({ folder: context.folder(), environment: context.environment, node: process.execPath, program, flags, patienceMs: START_TIME_MS });
}

/** Rings every worker; when none hears, one is started as a hook would do it. @returns whether a worker hears or was started. */
export function wakeWorker(context: CommandContext): boolean {
  const folder = context.folder();
  if (ringAll(folder.wake) > 0) return true;
  const { values } = resolveConfig({ environment: context.environment, userFile: folder.configFile });
  if (!values.autostart) return false;
  autostart({ folder, environment: context.environment, script: `${packageFolder()}/dist/hooks/cli`, node: process.execPath, now: context.clock() });
  return true;
}
