import { DAY_MS } from '../core/clock.ts';
import { addUp, type Budget, type Keeper, type Plan } from '../core/keeper.ts';
import { eachSliced, type Sliced } from '../core/sliced.ts';
import type { Database } from '../store/database.ts';
import { usedBytes } from '../store/keeper.ts';

/** The budget never takes what is younger: a session of yesterday goes on today. */
export const YOUNGEST_MS = DAY_MS;

/** Stands for the rows of the store: those of one session go together, so they have one place in the order. */
const ROWS = 'rows';

/**
 * What goes first when the whole is over its budget: copies of what is elsewhere, then what no page or command but a replay reads, then notes of sessions that ended, then
 * what every command reads, and last what exists nowhere else and waits for a decision. Kinds that are not here never go for the budget.
 */
const ORDER = [
  ...['log', 'log/events', 'views/context', 'views/resume', 'archive/events', 'throttle'],
  ...[ROWS, 'archive/transcripts', 'queue/dead'],
];

/** What a clean-up would delete, kind by kind. */
export interface CleanUpPlan {
  /** Carried out in one transaction, in this order. */
  readonly rows: readonly Plan[];
  readonly files: readonly Plan[];
}

/** How full the whole is afterwards: to find out what goes costs scans of the store, so it must not be due every hour. */
const AIM = 0.95;

export interface BudgetParts {
  readonly rows: readonly Keeper[];
  readonly files: readonly Keeper[];
  readonly database: Database | undefined;
  /** What goes by age. */
  readonly budget: Budget;
  readonly now: number;
  /** Most bytes of the whole. */
  readonly most: number;
}

/** The plan, with what has to go beyond it for the whole to be within its budget, as far as that can be. */
export function* keepToBudget(byAge: CleanUpPlan, parts: BudgetParts): Sliced<CleanUpPlan> {
  const store = parts.database === undefined ? 0 : usedBytes(parts.database);
  const outside = parts.files.filter(({ name }) => name !== 'store');
  const used = store + (yield* bytesOfAll(outside));
  if (used <= parts.most) return byAge;
  const content = yield* bytesOfAll(parts.rows);
  const perByte = Math.max(1, store / Math.max(1, content)); // indexes, and pages that are not full
  let excess =
    used -
    parts.most * AIM -
    (yield* bytesOf(byAge.files)) -
    Math.floor((yield* bytesOf(byAge.rows)) * perByte);
  let { rows, files } = byAge;
  for (const name of ORDER) {
    if (excess <= 0) break;
    if (name === ROWS) {
      const before = yield* bytesOf(rows);
      const younger = yield* rowsFor(excess / perByte + before, rows, parts);
      excess -= Math.floor(((yield* bytesOf(younger)) - before) * perByte);
      rows = younger;
    } else {
      const keeper = parts.files.find((one) => one.name === name);
      if (keeper === undefined) continue;
      const plan = yield* keeper.plan({ ...parts.budget, excess }, parts.now);
      const before = yield* bytesOf(files.filter(({ kind }) => kind === name));
      excess -= (yield* plan.measure()).bytes - before;
      files = files.map((known) => (known.kind === name ? plan : known));
    }
  }
  return { rows, files };
}

/** Each halves the time that is in doubt, from the oldest row on, and scans the store once: of 90 days, a day and a half is left. */
const ROUNDS = 6;

/** Plans of all rows from before about the earliest time that frees `wanted` bytes; the latest that may be, where none does. */
function* rowsFor(
  wanted: number,
  byAge: readonly Plan[],
  { rows, budget, now }: BudgetParts,
): Sliced<readonly Plan[]> {
  const plansFor = (before: number): Sliced<readonly Plan[]> =>
    eachSliced(rows.map((keeper) => keeper.plan({ ...budget, before }, now)));
  if (budget.youngest <= budget.before) return byAge;
  let best = yield* plansFor(budget.youngest);
  const { bytes, oldest } = addUp(yield* eachSliced(best.map((plan) => plan.measure())));
  if (bytes <= wanted) return best;
  let [low, high] = [Math.max(budget.before, oldest ?? 0), budget.youngest];
  for (let round = 0; round < ROUNDS; round += 1) {
    const middle = Math.floor((low + high) / 2);
    const plans = yield* plansFor(middle);
    if ((yield* bytesOf(plans)) < wanted) low = middle;
    else [high, best] = [middle, plans];
  }
  return best;
}

function* bytesOf(plans: readonly Plan[]): Sliced<number> {
  return addUp(yield* eachSliced(plans.map((plan) => plan.measure()))).bytes;
}

function* bytesOfAll(keepers: readonly Keeper[]): Sliced<number> {
  const sizes = yield* eachSliced(keepers.map((keeper) => keeper.size()));
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}
