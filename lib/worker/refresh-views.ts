import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { dueRefreshes, metRefresh } from '../store/refreshes.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import type { Turn } from './turn.ts';

/** Makes what is derived for one key again: writes a view, or derives rows. It reads the store as it is now, so making it twice changes nothing. */
export type Refresher = (database: Database, key: string) => void | Promise<void>;

export interface RefreshParts {
  readonly database: () => Database | undefined;
  /** By kind. A kind that is not here was asked for by a later version: its requests are dropped. */
  readonly refreshers: Readonly<Record<string, Refresher>>;
  readonly isLeader: () => boolean;
  readonly log: Log;
}

/** Most at one turn: entries that came meanwhile go first. */
const AT_ONCE = 64;

/**
 * Makes again what events and transcripts have changed; the leader alone, as the only writer of views. One that fails is said and dropped:
 * the next change asks for it again.
 */
export function viewRefresher(parts: RefreshParts): Turn {
  return async () => {
    const database = parts.isLeader() ? parts.database() : undefined;
    if (database === undefined) return undefined;
    const due = dueRefreshes(database, AT_ONCE);
    for (const request of due) {
      try {
        await parts.refreshers[request.kind]?.(database, request.key);
      } catch (error) {
        if (storeFaultOf(error) !== undefined) throw error;
        parts.log(
          'warn',
          'VIEW_FAILED',
          `Cannot refresh ${request.kind} of ${request.key}: ${reasonOf(error)}`,
        );
      }
      metRefresh(database, request);
    }
    return due.length === AT_ONCE ? 0 : undefined;
  };
}
