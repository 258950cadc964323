import type { Budget, Keeper, Plan, Size } from '../core/keeper.ts';
import { eachSliced, inSlices, type Sliced } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { giveBackPages } from '../store/keeper.ts';
import { addTombstones } from '../store/tombstones.ts';
import { inTransaction } from '../store/transaction.ts';
import { type CleanUpPlan, keepToBudget, YOUNGEST_MS } from './budget.ts';
import { fileKeepers, type RetentionSettings, rowKeepers } from './keepers.ts';

export interface CleanUpParts {
  readonly folder: StateFolder;
  /** Left out while the store cannot be read: rows stay as they are. */
  readonly database: Database | undefined;
  readonly settings: RetentionSettings;
  readonly now: number;
  /** The `seq` of the last event that logs and archive have: later ones stay. */
  readonly written: number;
}

/** How much went of one kind. */
export interface Cleaned {
  readonly kind: string;
  readonly count: number;
}

/** Decides what is too old, and what goes beyond that while the whole is over its budget. Scans the store and changes nothing. */
export function* planCleanUp(parts: CleanUpParts): Sliced<CleanUpPlan> {
  const { database, settings, now } = parts;
  const { rows, files } = keepersOf(parts);
  const budget = {
    before: now - settings.retention * 1000,
    excess: 0,
    youngest: now - YOUNGEST_MS,
  };
  const byAge = {
    rows: yield* plansOf(rows, budget, now),
    files: yield* plansOf(files, budget, now),
  };
  const most = settings.diskBudget;
  return yield* keepToBudget(byAge, { rows, files, database, budget, now, most });
}

/** How much there is of every kind. Scans the store. */
export function* sizesOfAll(parts: CleanUpParts): Sliced<ReadonlyMap<string, Size>> {
  const { rows, files } = keepersOf(parts);
  const sizes = new Map<string, Size>();
  for (const keeper of [...rows, ...files]) sizes.set(keeper.name, yield* keeper.size());
  return sizes;
}

function keepersOf({ folder, database, settings, now, written }: CleanUpParts): {
  readonly rows: readonly Keeper[];
  readonly files: readonly Keeper[];
} {
  const last = Math.min(written, Number.MAX_SAFE_INTEGER);
  return {
    rows: database === undefined ? [] : rowKeepers(database, settings, last),
    files: fileKeepers(folder, settings, (ids) => {
      if (database === undefined) throw new Error('no entry goes without a store to remember it');
      inTransaction(database, () => addTombstones(database, ids, 'discarded', now));
    }),
  };
}

function plansOf(keepers: readonly Keeper[], budget: Budget, now: number): Sliced<readonly Plan[]> {
  return eachSliced(keepers.map((keeper) => keeper.plan(budget, now)));
}

/**
 * Deletes what is planned, the rows in one transaction, and gives pages of theirs back to the disk. Ids of deleted events stay as
 * tombstones, so that nothing comes back as new. Files that cannot be deleted keep no other kind from being cleaned.
 * @throws the first fault, when all else is done.
 */
export function carryOut(database: Database, { rows, files }: CleanUpPlan): readonly Cleaned[] {
  const cleaned: Cleaned[] = [];
  const run = (plan: Plan): void => {
    const count = plan.prune();
    if (count > 0) cleaned.push({ kind: plan.kind, count });
  };
  inTransaction(database, () => rows.forEach(run));
  giveBackPages(database);
  const faults: unknown[] = [];
  for (const plan of files)
    try {
      run(plan);
    } catch (error) {
      faults.push(error);
    }
  if (faults.length > 0) throw faults[0];
  return cleaned;
}

/** Plans in slices as long as `goOn` says so, and deletes then. @returns `undefined` when it did not: nothing is deleted. */
export async function cleanUp(
  parts: CleanUpParts & { readonly database: Database },
  goOn: () => Promise<boolean>,
): Promise<readonly Cleaned[] | undefined> {
  const plan = await inSlices(planCleanUp(parts), goOn);
  return plan === undefined ? undefined : carryOut(parts.database, plan);
}
