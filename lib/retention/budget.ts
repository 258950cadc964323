import { DAY_MS } from '../core/clock.ts';
import { sumDeletable, type Budget, type Keeper, type Plan } from '../core/keeper.ts';
import { collectSliced, type Sliced } from '../core/sliced.ts';
import type { Database } from '../store/database.ts';
import { usedBytes } from '../store/keeper.ts';

/** The budget never deletes younger data: a session of yesterday continues today. */
export const YOUNGEST_MS = DAY_MS;

/** Stands for rows of sessions older than `retention`: kept for searches, not needed by hooks. */
const HISTORY = 'history';

/**
 * Stands for all rows of the store. Rows of one session are deleted together, so they share one
 * place in the order.
 */
const ROWS = 'rows';

/** The search index. It follows the rows of sessions that it finds. */
const SEARCH = 'search';

/**
 * The order in which kinds are deleted when the total exceeds the budget: what is made again; old
 * logs of waymark;
 * sessions older than `retention`, which stay only while there is room; copies of data that exists
 * elsewhere; what nothing but a replay reads; notes of ended sessions; what every command reads;
 * and last what exists nowhere else and waits for a decision. Kinds that are not listed are never
 * deleted for the budget.
 */
const ORDER = [
  ...['cache', 'log', HISTORY, 'log/events', 'views/context', 'views/resume', 'archive/events'],
  ...['throttle', 'reports', 'snapshots', ROWS, 'archive/transcripts', 'queue/dead'],
];

/** What a clean-up would delete, by kind. */
export interface CleanUpPlan {
  /** Executed in one transaction, in this order. */
  readonly rows: readonly Plan[];
  readonly files: readonly Plan[];
}

/**
 * Share of the budget that is used afterwards. Planning costs scans of the store, so it should not
 * be needed every hour.
 */
const AIM = 0.95;

export interface BudgetParts {
  readonly rows: readonly Keeper[];
  readonly files: readonly Keeper[];
  readonly database: Database | undefined;
  /** What is deleted by age. */
  readonly budget: Budget;
  readonly now: number;
  /** Most bytes in total. */
  readonly most: number;
}

/** Extends the plan with what must also be deleted to meet the budget, as far as possible. */
export function* planForBudget(byAge: CleanUpPlan, parts: BudgetParts): Sliced<CleanUpPlan> {
  const store = parts.database === undefined ? 0 : usedBytes(parts.database);
  const outside = parts.files.filter(({ name }) => name !== 'store');
  const used = store + (yield* bytesOfAll(outside));
  if (used <= parts.most) return byAge;
  const content = yield* bytesOfAll(parts.rows);
  // Indexes, and pages that are not full.
  const perByte = Math.max(1, store / Math.max(1, content));
  let excess =
    used -
    parts.most * AIM -
    (yield* bytesOf(byAge.files)) -
    Math.floor((yield* bytesOf(byAge.rows)) * perByte);
  let { rows, files } = byAge;
  for (const name of ORDER) {
    if (excess <= 0) break;
    if (name === HISTORY || name === ROWS) {
      const before = yield* bytesOf(rows);
      const younger = yield* rowsFor(excess / perByte + before, rows, name, parts);
      excess -= Math.floor(((yield* bytesOf(younger.rows)) - before) * perByte);
      rows = younger.rows;
      if (younger.budget === undefined) continue;
      files = yield* replan(files, SEARCH, younger.budget, parts);
    } else {
      const before = yield* bytesOf(files.filter(({ kind }) => kind === name));
      files = yield* replan(files, name, { ...parts.budget, excess }, parts);
      excess -= (yield* bytesOf(files.filter(({ kind }) => kind === name))) - before;
    }
  }
  return { rows, files };
}

function* replan(
  plans: readonly Plan[],
  name: string,
  budget: Budget,
  { files, now }: BudgetParts,
): Sliced<readonly Plan[]> {
  const keeper = files.find((one) => one.name === name);
  if (keeper === undefined) return plans;
  const plan = yield* keeper.plan(budget, now);
  return plans.map((known) => (known.kind === name ? plan : known));
}

interface YoungerRows {
  readonly rows: readonly Plan[];
  /** The budget of the plans; `undefined`: as before. */
  readonly budget: Budget | undefined;
}

/**
 * Each round halves the uncertain time range, from the oldest row on, and scans the store once. Of
 * 90 days, a day and a half remains; of two years, eleven days.
 */
const ROUNDS = 6;

/**
 * Returns plans for all rows before about the earliest time that frees `wanted` bytes, or the
 * latest possible time if none does.
 */
function* rowsFor(
  wanted: number,
  known: readonly Plan[],
  which: typeof HISTORY | typeof ROWS,
  { rows, budget, now }: BudgetParts,
): Sliced<YoungerRows> {
  const isHistory = which === HISTORY;
  const [earliest, latest] = isHistory
    ? [budget.historyBefore, Math.min(budget.before, budget.youngest)]
    : [budget.before, budget.youngest];
  if (latest <= earliest) return { rows: known, budget: undefined };
  function* upTo(time: number): Sliced<{ rows: readonly Plan[]; budget: Budget }> {
    const until = { ...budget, historyBefore: time, ...(isHistory ? {} : { before: time }) };
    return {
      rows: yield* collectSliced(rows.map((keeper) => keeper.plan(until, now))),
      budget: until,
    };
  }
  let best = yield* upTo(latest);
  const { bytes, oldest } = sumDeletable(
    yield* collectSliced(best.rows.map((plan) => plan.measure())),
  );
  if (bytes <= wanted) return best;
  let [low, high] = [Math.max(earliest, oldest ?? 0), latest];
  for (let round = 0; round < ROUNDS; round += 1) {
    const middle = Math.floor((low + high) / 2);
    const plans = yield* upTo(middle);
    if ((yield* bytesOf(plans.rows)) < wanted) low = middle;
    else [high, best] = [middle, plans];
  }
  return best;
}

function* bytesOf(plans: readonly Plan[]): Sliced<number> {
  return sumDeletable(yield* collectSliced(plans.map((plan) => plan.measure()))).bytes;
}

function* bytesOfAll(keepers: readonly Keeper[]): Sliced<number> {
  const sizes = yield* collectSliced(keepers.map((keeper) => keeper.size()));
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}
