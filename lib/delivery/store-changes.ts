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

/** Tells when to check deliveries in a store that other processes change, too. */
export class StoreChanges {
  #seen: Seen | undefined;

  /**
   * Whether another process changed the store since the last check, the clock stepped back, or the
   * interval is over. Costs one pragma.
   */
  isCheckDue(database: Database, now: number): boolean {
    const seen = this.#seen;
    return (
      seen?.database !== database ||
      now < seen.at ||
      now - seen.maintainedAt >= MAINTENANCE_MS ||
      seen.version !== dataVersion(database)
    );
  }

  /**
   * Records a check.
   * @returns how far the clock stepped back since the last one, and whether maintenance is due.
   */
  noteCheck(
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
