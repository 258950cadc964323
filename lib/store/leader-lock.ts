import type { OpenDatabase } from './database.ts';
import { lockExclusively } from './pragmas.ts';
import { storeFaultOf } from './store-fault.ts';

/** The lock of the leader. The kernel releases it with the process, even after SIGKILL. */
export interface LeaderLock {
  release(): void;
}

/**
 * Takes the lead if no other worker has it: an exclusive transaction on a small database of its
 * own. No pid, no timeout, nothing that goes stale.
 * @returns `undefined` if another worker leads.
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
