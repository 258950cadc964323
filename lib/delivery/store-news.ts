import type { Database } from '../store/database.ts';

interface Seen {
  readonly database: Database;
  readonly version: unknown;
  readonly lookedAfterAt: number;
  readonly at: number;
}

/** How often what nobody tells of is looked for. */
const LOOK_AFTER_MS = 30_000;

/** What is to be looked at in a store that other processes may change, too. */
export class StoreNews {
  #seen: Seen | undefined;

  /** Whether another process has changed the store since the last look, the clock stepped back, or it is time. One pragma. */
  isThere(database: Database, now: number): boolean {
    const seen = this.#seen;
    return (
      seen?.database !== database ||
      now < seen.at ||
      now - seen.lookedAfterAt >= LOOK_AFTER_MS ||
      seen.version !== versionOf(database)
    );
  }

  /** Notes a look. @returns how far the clock stepped back since the one before, and whether it is time to look after everything. */
  look(
    database: Database,
    now: number,
  ): { readonly steppedBackMs: number; readonly isTime: boolean } {
    const before = this.#seen?.database === database ? this.#seen : undefined;
    const isTime = before === undefined || Math.abs(now - before.lookedAfterAt) >= LOOK_AFTER_MS;
    this.#seen = {
      database,
      version: versionOf(database),
      lookedAfterAt: isTime ? now : before.lookedAfterAt,
      at: now,
    };
    return { steppedBackMs: before === undefined ? 0 : Math.max(0, before.at - now), isTime };
  }
}

/** Changes with each commit of another connection. */
function versionOf(database: Database): unknown {
  return database.prepare('PRAGMA data_version').get()?.['data_version'];
}
