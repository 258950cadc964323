import type { StateFolder } from '../../lib/core/state-folder.ts';
import { NO_LIMITS, type RetentionSettings } from '../../lib/retention/keepers.ts';
import { carryOut, type Cleaned, planCleanUp } from '../../lib/retention/clean-up.ts';
import { inOneGo } from '../../lib/core/sliced.ts';
import type { Database } from '../../lib/store/database.ts';

export interface CleaningParts extends Partial<RetentionSettings> {
  readonly folder: StateFolder;
  readonly database: Database;
  readonly now: number;
  readonly written?: number;
}

/** A clean-up of what is older than `retention` seconds; every other limit is out of reach unless it is given. */
export function cleanUpAt({
  folder,
  database,
  now,
  written = Number.MAX_SAFE_INTEGER,
  ...limits
}: CleaningParts): readonly Cleaned[] {
  const settings = { ...NO_LIMITS, ...limits };
  return carryOut(database, inOneGo(planCleanUp({ folder, database, now, written, settings })));
}
