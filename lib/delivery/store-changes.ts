import type { Database } from '../store/database.ts';
import { dataVersion } from '../store/pragmas.ts';

interface Seen {
  readonly database: Database;
  readonly version: number;
  readonly maintainedAt: number;
  readonly at: number;
}

/**
 * Interval of maintenance. It also is the poll interval for changes that nothing notifies us about.
 */
const MAINTENANCE_MS = 30_000;

/** Says when deliveries must be looked at, in a store that other processes change, too. */
export class StoreChanges {
  #seen: Seen | undefined;

  /**
   * Whether another process has changed the store since the last look, the clock stepped back, or
   * it is time. One pragma.
   */
  isLookDue(database: Database, now: number): boolean {
    const seen = this.#seen;
    return (
      seen?.database !== database ||
      now < seen.at ||
      now - seen.maintainedAt >= MAINTENANCE_MS ||
      seen.version !== dataVersion(database)
    );
  }

  /**
   * Notes a look.
   * @returns how far the clock stepped back since the one before, and whether maintenance is due.
   */
  noteLook(
    database: Database,
    now: number,
  ): { readonly steppedBackMs: number; readonly isMaintenanceDue: boolean } {
    const before = this.#seen?.database === database ? this.#seen : undefined;
    const isMaintenanceDue =
      before === undefined || Math.abs(now - before.maintainedAt) >= MAINTENANCE_MS;
    this.#seen = {
      database,
      version: dataVersion(database),
      maintainedAt: isMaintenanceDue ? now : before.maintainedAt,
      at: now,
    };
    return {
      steppedBackMs: before === undefined ? 0 : Math.max(0, before.at - now),
      isMaintenanceDue,
    };
  }
}
