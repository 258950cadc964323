import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateFolder } from '../core/state-folder.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import type { OpenDatabase } from '../store/database.ts';
import { leaderOfAnotherVersion } from '../queue/wakeup/heartbeat.ts';
import { QUIT, ring } from '../queue/wakeup/ring.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { type LeaderLock, takeLead } from '../store/leader-lock.ts';

/** A leader that is about to end, or is deaf, is given this long. */
const PATIENCE_MS = 1_000;
const LOOK_AGAIN_MS = 50;

/** What a worker gets to drain (two seconds) and leave, with room. */
const REPLACE_PATIENCE_MS = 10_000;

/**
 * Takes the lead for a worker that a hook started because no pipe was alive. If another worker leads nevertheless, it is about to
 * exit (then the lead is free in a moment) or it lost its pipe (then a change in `pending/` makes it look and remake the pipe).
 * A leader of another version is asked to end, and replaced.
 * @returns `undefined` when another worker leads and has a live pipe, or still leads when the patience ends.
 */
export async function takeLeadPatiently(
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
      ring(`${folder.wake}/${other}`, QUIT); // once: the second one would not let it drain
      patience = REPLACE_PATIENCE_MS;
    }
    if (patience === PATIENCE_MS && hasLivePipe(folder.wake)) return undefined;
    if (waited === 0 && other === undefined) nudge(queueFolder(folder.queue).pending);
    await sleep(LOOK_AGAIN_MS);
  }
}

function hasLivePipe(wakeFolder: string): boolean {
  return readdirSync(wakeFolder).some((name) => !name.startsWith('.') && isAlive(wakeFolder, name));
}

/** A hidden folder comes and goes: the queue overlooks it, the leader's file watcher does not. */
function nudge(pending: string): void {
  try {
    const probe = `${pending}/.nudge-${process.pid}`;
    mkdirSync(probe);
    rmdirSync(probe);
  } catch {
    // no queue: nothing to be deaf for
  }
}
