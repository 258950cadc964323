import { namesIn } from '../core/files.ts';
import { stringField } from '../core/json.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { readHeartbeats } from '../queue/wakeup/heartbeat.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { QUIT, ring } from '../queue/wakeup/ring.ts';
import type { MigrationBlocker } from '../store/open-store.ts';

export interface EarlierWorkersBlockerParts {
  readonly folder: StateFolder;
  /** Version of this worker. */
  readonly version: string;
  readonly log: Log;
  readonly isLeader: () => boolean;
}

const WROTE = 'an earlier waymark wrote it';

/**
 * Returns a function that says why a store of an earlier version cannot be migrated or moved now:
 * this worker does not lead, or a worker of another version has the store open. The leader asks
 * each of those workers once, over its pipe, to finish and exit; after that, the store can be
 * moved.
 */
export function earlierWorkersBlocker({
  folder,
  version,
  log,
  isLeader,
}: EarlierWorkersBlockerParts): MigrationBlocker {
  const asked = new Set<string>();
  return () => {
    const others = workersOf(folder).filter((worker) => worker.version !== version);
    const names = others.map(({ id, version: its }) => `${id} (${its ?? 'version unknown'})`);
    const holders = `worker ${names.join(', ')} still uses it`;
    if (!isLeader())
      return others.length > 0 ? `${WROTE}, and ${holders}` : `${WROTE}; the leader upgrades it`;
    for (const { id, version: its } of others) {
      // A worker without a heartbeat may be of this version and have just started.
      if (its === undefined || asked.has(id)) continue;
      asked.add(id);
      log('warn', 'EARLIER_WORKER', `Asking worker ${id} of waymark ${its} to stop`, {
        worker: id,
      });
      ring(`${folder.wake}/${id}`, QUIT); // Only once: a second request would not let it drain.
    }
    return others.length > 0 ? `${WROTE}, and ${holders}; waiting until it ends` : undefined;
  };
}

/** Lists the living workers. */
function workersOf({ wake, heartbeat }: StateFolder): ReadonlyArray<{
  readonly id: string;
  readonly version: string | undefined;
}> {
  const beats = readHeartbeats(heartbeat);
  return namesIn(wake)
    .filter((name) => !name.startsWith('.') && isAlive(wake, name))
    .map((id) => ({
      id,
      version: stringField(beats.find((beat) => beat.id === id)?.body ?? {}, 'version'),
    }));
}
