import type { StateFolder } from '../../lib/core/state-folder.ts';
import { NO_LIMITS, type RetentionSettings } from '../../lib/retention/keepers.ts';
import { executePlan, type Cleaned, planCleanUp } from '../../lib/retention/clean-up.ts';
import { runAllSlices } from '../../lib/core/sliced.ts';
import type { Database } from '../../lib/store/database.ts';

export interface CleanUpTaskParts extends Partial<RetentionSettings> {
  readonly folder: StateFolder;
  readonly database: Database;
  readonly now: number;
  readonly written?: number;
}

/**
 * A clean-up of what is older than `retention` seconds, sessions too; every other limit is out of
 * reach unless it is given.
 */
export function cleanUpAt({
  folder,
  database,
  now,
  written = Number.MAX_SAFE_INTEGER,
  ...limits
}: CleanUpTaskParts): readonly Cleaned[] {
  const { retention = NO_LIMITS.retention } = limits;
  const settings = { ...NO_LIMITS, transcriptsKeep: retention, ...limits };
  return executePlan(
    database,
    runAllSlices(planCleanUp({ folder, database, now, written, settings })),
  );
}
