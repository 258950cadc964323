import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteDriver } from '../store/driver.ts';
import { type LeaderLock, takeLead } from '../store/leader-lock.ts';

/** Held by the one process that takes a snapshot, compacts the store, or restores files. */
const LOCK = 'snapshots-lock';

const RETRY_MS = 200;

interface StoreFolder {
  readonly folder: string;
}

/**
 * Takes the lock of a store, whose folder must exist. The kernel frees it with the process: nothing
 * is left after a kill, and no clock that is set, or that stood still while the machine slept, can
 * make it look abandoned or held.
 * @param patienceMs How long to wait for another process.
 * @returns `undefined` if another process holds it all that time.
 * @throws StoreFault of a disk that refuses.
 */
export async function holdStore(
  store: StoreFolder,
  patienceMs: number,
): Promise<LeaderLock | undefined> {
  for (let left = Math.ceil(patienceMs / RETRY_MS); ; left -= 1) {
    const lock = tryHoldStore(store);
    if (lock !== undefined || left <= 0) return lock;
    await sleep(RETRY_MS);
  }
}

/** As {@link holdStore}, without waiting. */
export function tryHoldStore({ folder }: StoreFolder): LeaderLock | undefined {
  return takeLead(`${folder}/${LOCK}`, sqliteDriver());
}
