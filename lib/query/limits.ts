import { paceOf } from '../claude/rate-limits.ts';
import { isoTime } from '../core/clock.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** A subscription window, as the client reported it last. Field names are a contract. */
export interface AccountLimit {
  readonly configFolder: string;
  /** `five_hour` or `seven_day`. */
  readonly name: string;
  /** Percent. */
  readonly used: number;
  readonly resetsAt: string;
  readonly seenAt: string;
  /**
   * Percent at the time of reset if it goes on as it did so far; `null` while too little of the
   * window is over.
   */
  readonly pace: number | null;
}

/** Windows that have not been reset since the report. The use of the others is unknown. */
export async function readLimits(
  database: Database,
  now: number,
): Promise<readonly AccountLimit[]> {
  const query = queryBuilder()
    .selectFrom('account_limits')
    .select(['config_folder', 'name', 'at', 'used', 'resets_at'])
    .where('resets_at', '>', now)
    .orderBy('config_folder')
    .orderBy('resets_at');
  return (await runQuery(database, query)).map((row) => {
    const [at, used] = [readNumberColumn(row, 'at') ?? 0, readNumberColumn(row, 'used') ?? 0];
    const resetsAt = readNumberColumn(row, 'resets_at') ?? 0;
    const name = readTextColumn(row, 'name') ?? '';
    return {
      ...{ configFolder: readTextColumn(row, 'config_folder') ?? '', name, used },
      ...{ resetsAt: isoTime(resetsAt), seenAt: isoTime(at) },
      pace: paceOf({ name, used, resetsAt }, at) ?? null,
    };
  });
}
