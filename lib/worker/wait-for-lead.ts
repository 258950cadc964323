import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateFolder } from '../core/state-folder.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import type { OpenDatabase } from '../store/database.ts';
import { leaderOfAnotherVersion } from '../queue/wakeup/heartbeat.ts';
import { QUIT, ring } from '../queue/wakeup/ring.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { type LeaderLock, takeLead } from '../store/leader-lock.ts';

/** How long to wait for a leader that is about to exit, or that does not hear its pipe. */
const PATIENCE_MS = 1_000;
const LOOK_AGAIN_MS = 50;

/** How long a worker may take to drain (two seconds) and exit, with a margin. */
const REPLACE_PATIENCE_MS = 10_000;

/**
 * Waits for the lead, for a worker that a hook started because no pipe was alive. If another worker
 * leads nevertheless, it is about to exit (then the lead is free in a moment), or it lost its pipe
 * (then a change in `pending/` makes it check and recreate the pipe). Asks a leader of another
 * version to stop, and replaces it.
 * @returns `undefined` if another worker leads and has a live pipe, or still leads at the end of
 * the wait.
 */
export async function waitForLead(
  folder: StateFolder,
  open: OpenDatabase,
  version: string,
): Promise<LeaderLock | undefined> {
  let patience = PATIENCE_MS;
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    const lead = takeLead(folder.leaderLock, open);
    if (lead !== undefined || waited >= patience) return lead;
    const other = waited === 0 ? leaderOfAnotherVersion(folder, version)?.id : undefined;
    if (other !== undefined) {
      ring(`${folder.wake}/${other}`, QUIT); // Only once: a second request would not let it drain.
      patience = REPLACE_PATIENCE_MS;
    }
    if (patience === PATIENCE_MS && hasLivePipe(folder.wake)) return undefined;
    if (waited === 0 && other === undefined) disturbWatcher(queueFolder(folder.queue).pending);
    await sleep(LOOK_AGAIN_MS);
  }
}

function hasLivePipe(wakeFolder: string): boolean {
  return readdirSync(wakeFolder).some((name) => !name.startsWith('.') && isAlive(wakeFolder, name));
}

/**
 * Creates and deletes a hidden folder. The queue ignores it; the leader's file watcher reports it.
 */
function disturbWatcher(pending: string): void {
  try {
    const probe = `${pending}/.nudge-${process.pid}`;
    mkdirSync(probe);
    rmdirSync(probe);
  } catch {
    // No queue, so no watcher.
  }
}
