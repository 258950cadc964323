import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { replaceRows } from '../../store/derived-rows.ts';
import { applyWrites } from '../../store/sink.ts';
import { createFixCommandWrites } from './change-pattern.ts';
import { isInvalidCall } from './invalid-call.ts';
import type { LearnedFix, FixAttempt } from './known-pattern.ts';
import { deriveLessons, type LearningOperation, WINDOW } from './learn-fixes.ts';
import {
  readFixesOfCalls,
  hasLessons,
  LEARNED_FIXES,
  FIX_ATTEMPTS,
  readFixAttemptsBetween,
} from './table-fixes.ts';
import { readCommandOfPattern } from './table-patterns.ts';
import { readCallsAround, type SessionPlace } from './table-runs.ts';

/**
 * Number of calls before the first changed one that are evaluated again, because a changed call may
 * be the fix of an earlier failure. Larger than the distance of a fix.
 */
const LOOKBACK = WINDOW + 10;

/** Number of calls from the first changed one on that are evaluated together. */
const MAX = 300;

/** Consecutive calls of a session. */
interface Stretch {
  /** Ordered by `begunAt`. */
  readonly calls: ReadonlyArray<{
    readonly operation: LearningOperation;
    readonly begunAt: number;
  }>;
  /** Whether there are calls before or after these that are not evaluated. */
  readonly isCutBefore: boolean;
  readonly isCutBehind: boolean;
}

/**
 * Derives fixes after failures of a session, as far as changed calls affect them. A fix belongs to
 * the call that failed, a fix attempt to the call that made it. Rows of the evaluated calls that no
 * longer apply are deleted.
 * @param news When the changed calls began.
 * @returns the keys of commands whose knowledge changed.
 */
export function deriveFixes(
  database: Database,
  place: SessionPlace,
  news: readonly number[],
): readonly string[] {
  if (news.length === 0 || !hasLessons(database, place.session)) return [];
  const touched: string[] = [];
  for (let open = news.toSorted((one, other) => one - other); open.length > 0; ) {
    const [from = 0] = open;
    const stretch = readStretch(database, place, from);
    touched.push(...replaceLessons(database, place.session, stretch));
    const { begunAt = Number.POSITIVE_INFINITY } = stretch.isCutBehind
      ? (stretch.calls.at(-WINDOW) ?? {})
      : {};
    open = open.filter((at) => at >= begunAt && at > from);
  }
  return touched;
}

function readStretch(database: Database, { session, project }: SessionPlace, at: number): Stretch {
  const rows = readCallsAround(database, session, { at, before: LOOKBACK, after: MAX });
  const calls = rows.flatMap((row) => {
    const operation = operationOf(row, project);
    return operation === undefined ? [] : [{ operation, begunAt: numberField(row, 'at') ?? 0 }];
  });
  const before = rows.filter((row) => (numberField(row, 'at') ?? 0) < at).length;
  return { calls, isCutBefore: before >= LOOKBACK, isCutBehind: rows.length - before >= MAX };
}

function replaceLessons(database: Database, session: string, stretch: Stretch): readonly string[] {
  const operations = stretch.calls.map(({ operation }) => operation);
  const { fixes, mends } = deriveLessons(operations);
  return [
    ...replaceFixes(database, session, stretch, fixes),
    ...replaceMends(database, session, stretch, mends),
  ];
}

/** The last calls of a cut stretch own no fixes in it, because what follows them is not known. */
function replaceFixes(
  database: Database,
  session: string,
  { calls, isCutBehind }: Stretch,
  fixes: readonly LearnedFix[],
): readonly string[] {
  const owners = (isCutBehind ? calls.slice(0, -WINDOW) : calls).map(
    ({ operation }) => operation.id,
  );
  const isOwner = new Set(owners);
  const derived = fixes.filter(({ evidence }) => isOwner.has(evidence));
  const { changes, gone, come } = replaceRows(
    LEARNED_FIXES,
    readFixesOfCalls(database, session, owners),
    derived.map((fix) => fixRow(session, fix)),
  );
  const commands = derived
    .filter(({ isEdit, evidence }) => !isEdit && come.some((row) => row['evidence'] === evidence))
    .flatMap(({ pattern, text }) => createFixCommandWrites(pattern, 'Bash', text));
  applyWrites(database, [...changes, ...commands]);
  const patterns = new Set([...gone, ...come].map((row) => String(row['pattern_id'])));
  return [...patterns].flatMap((pattern) => readCommandOfPattern(database, pattern) ?? []);
}

function fixRow(session: string, fix: LearnedFix): Row {
  const { pattern, evidence, text, at } = fix;
  const [isEdit, isWhole] = [fix.isEdit ? 1 : 0, fix.isWhole ? 1 : 0];
  const columns = { text, is_edit: isEdit, is_whole: isWhole, count: 1, at };
  return { pattern_id: pattern, evidence, session_id: session, ...columns };
}

/**
 * A fix attempt has the time of its call. The first calls of a cut stretch own none in it, because
 * what precedes them is not known.
 */
function replaceMends(
  database: Database,
  session: string,
  { calls, isCutBefore }: Stretch,
  mends: readonly FixAttempt[],
): readonly string[] {
  const first = isCutBefore ? WINDOW : 0;
  const times = calls.map(({ operation }) => operation.at);
  const foreign = new Set(times.slice(0, first));
  const owners = new Set(times.slice(first).filter((at) => !foreign.has(at)));
  const derived = mends
    .filter(({ at }) => owners.has(at))
    .map(({ key, exact, at }) => ({ session_id: session, command_key: key, exact, at }));
  const ends = [...owners];
  if (ends.length === 0) return [];
  const stored = readFixAttemptsBetween(
    database,
    session,
    Math.min(...ends),
    Math.max(...ends),
  ).filter((row) => owners.has(numberField(row, 'at') ?? 0));
  const { changes, gone, come } = replaceRows(FIX_ATTEMPTS, stored, derived);
  applyWrites(database, changes);
  return [...gone, ...come].map((row) => String(row['command_key']));
}

function operationOf(row: Row, project: string | null): LearningOperation | undefined {
  const tool = stringField(row, 'tool');
  const at = numberField(row, 'ended_at') ?? numberField(row, 'at');
  const outcome = stringField(row, 'outcome');
  if (tool === undefined || at === undefined || outcome === undefined || outcome === 'running')
    return undefined;
  const error = stringField(row, 'error') ?? null;
  const hasFailed = outcome === 'failed' || (outcome === 'rejected' && isInvalidCall(error ?? ''));
  const target = stringField(row, 'target') ?? '';
  return {
    id: stringField(row, 'id') ?? '',
    tool,
    target,
    outcome: hasFailed ? 'failed' : outcome,
    error,
    at,
    ...(project === null ? {} : { project }),
  };
}
