import type { OpenDatabase } from './database.ts';
import { lockExclusively } from './pragmas.ts';
import { storeFaultOf } from './store-fault.ts';

/** Held for as long as this process leads; the kernel frees it with the process, even after SIGKILL. */
export interface LeaderLock {
  release(): void;
}

/**
 * Takes the lead, if no other worker has it: an exclusive transaction on a little database of its own. No pid, no time-out, nothing to go stale.
 * @returns `undefined` when another worker leads.
 */
export function takeLead(lockFile: string, open: OpenDatabase): LeaderLock | undefined {
  const database = open(lockFile);
  try {
    lockExclusively(database);
  } catch (error) {
    database.close();
    const kind = storeFaultOf(error)?.kind;
    if (kind === 'BUSY' || kind === 'LOCKED') return undefined;
    throw error;
  }
  return {
    release: () => {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}
