import type { Budget, Keeper, Plan, Size } from '../core/keeper.ts';
import { collectSliced, runInSlices, type Sliced } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { withoutTracking } from '../store/changed-rows.ts';
import { vacuumPages } from '../store/keeper.ts';
import { addTombstones } from '../store/tombstones.ts';
import { inTransaction } from '../store/transaction.ts';
import { type CleanUpPlan, planForBudget, YOUNGEST_MS } from './budget.ts';
import { fileKeepers, historyBefore, type RetentionSettings, rowKeepers } from './keepers.ts';

export interface CleanUpParts {
  readonly folder: StateFolder;
  /** Missing while the store is unreadable: rows stay as they are. */
  readonly database: Database | undefined;
  readonly settings: RetentionSettings;
  readonly now: number;
  /** The `seq` of the last event that is in logs and archive. Later events are kept. */
  readonly written: number;
}

/** What was deleted of one kind. */
export interface Cleaned {
  readonly kind: string;
  readonly count: number;
}

/**
 * Decides what is too old, and what else to delete while the total exceeds the budget. Scans the
 * store and changes nothing.
 */
export function planCleanUp(parts: CleanUpParts): Sliced<CleanUpPlan> {
  return planWith(parts, keepersOf(parts));
}

/** What a clean-up would delete, and what is there. */
export interface CleanUpSurvey {
  readonly plan: CleanUpPlan;
  /** The size of every kind. */
  readonly sizes: ReadonlyMap<string, Size>;
}

/** Plans, and returns the size of every kind, too. Lists the files of each kind once for both. */
export function* surveyCleanUp(parts: CleanUpParts): Sliced<CleanUpSurvey> {
  const { rows, files } = keepersOf(parts);
  const keepers = { rows: rows.map(measuredOnce), files: files.map(measuredOnce) };
  const plan = yield* planWith(parts, keepers);
  const sizes = new Map<string, Size>();
  for (const keeper of [...keepers.rows, ...keepers.files])
    sizes.set(keeper.name, yield* keeper.size());
  return { plan, sizes };
}

function measuredOnce(keeper: Keeper): Keeper {
  let known: Size | undefined;
  return {
    ...keeper,
    *size() {
      known ??= yield* keeper.size();
      return known;
    },
  };
}

function* planWith(parts: CleanUpParts, { rows, files }: Keepers): Sliced<CleanUpPlan> {
  const { database, settings, now } = parts;
  const budget = {
    before: now - settings.retention * 1000,
    historyBefore: historyBefore(settings, now),
    excess: 0,
    youngest: now - YOUNGEST_MS,
  };
  const byAge = {
    rows: yield* plansOf(rows, budget, now),
    files: yield* plansOf(files, budget, now),
  };
  const most = settings.diskBudget;
  return yield* planForBudget(byAge, { rows, files, database, budget, now, most });
}

interface Keepers {
  readonly rows: readonly Keeper[];
  readonly files: readonly Keeper[];
}

function keepersOf({ folder, database, settings, now, written }: CleanUpParts): Keepers {
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
  return collectSliced(keepers.map((keeper) => keeper.plan(budget, now)));
}

/**
 * Executes a plan: deletes the rows in one transaction, returns free pages to the disk, deletes the
 * files. Ids of deleted events remain as tombstones, so that no event returns as new. Files that
 * cannot be deleted do not stop other kinds.
 * @throws the first error, after everything else is done.
 */
export function executePlan(database: Database, { rows, files }: CleanUpPlan): readonly Cleaned[] {
  const cleaned: Cleaned[] = [];
  const run = (plan: Plan): void => {
    const count = plan.prune();
    if (count > 0) cleaned.push({ kind: plan.kind, count });
  };
  inTransaction(database, () => withoutTracking(database, () => rows.forEach(run)));
  vacuumPages(database);
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

/**
 * Plans in slices while `canContinue` returns true, then deletes.
 * @returns `undefined` if it was stopped: nothing is deleted then.
 */
export async function cleanUp(
  parts: CleanUpParts & { readonly database: Database },
  canContinue: () => Promise<boolean>,
): Promise<readonly Cleaned[] | undefined> {
  const plan = await runInSlices(planCleanUp(parts), canContinue);
  return plan === undefined ? undefined : executePlan(parts.database, plan);
}
