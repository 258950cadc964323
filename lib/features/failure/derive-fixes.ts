import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { replaceRows } from '../../store/derived-rows.ts';
import { applyWrites } from '../../store/sink.ts';
import { fixCommandWrites } from './change-pattern.ts';
import { isInvalidCall } from './invalid-call.ts';
import type { LearnedFix, Mend } from './known-pattern.ts';
import { learnFrom, type LearningOperation, WINDOW } from './learn-fixes.ts';
import { fixesOfCalls, hasLessons, LEARNED_FIXES, MENDS, mendsBetween } from './table-fixes.ts';
import { commandOfPattern } from './table-patterns.ts';
import { callsAround, type SessionPlace } from './table-runs.ts';

/** Calls before the first news that are looked at again: news may be what helped after their failure. More than a fix may be away. */
const LOOKBACK = WINDOW + 10;

/** Calls from the first news on that are looked at together. */
const MOST = 300;

/** Calls of a session that follow each other. */
interface Stretch {
  /** In order; `begunAt` is what they are ordered by. */
  readonly calls: ReadonlyArray<{
    readonly operation: LearningOperation;
    readonly begunAt: number;
  }>;
  /** Whether calls come before or behind that are not looked at. */
  readonly isCutBefore: boolean;
  readonly isCutBehind: boolean;
}

/**
 * Derives what helped after failures of a session, as far as news bear on it. The owner of a fix is the call that failed, that of a mend the call that
 * mended: whatever was kept of the calls in question and does not follow any more goes.
 * @param news When calls began of which something new is known.
 * @returns the keys of commands of which something else is known now.
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
  const rows = callsAround(database, session, { at, before: LOOKBACK, after: MOST });
  const calls = rows.flatMap((row) => {
    const operation = operationOf(row, project);
    return operation === undefined ? [] : [{ operation, begunAt: numberField(row, 'at') ?? 0 }];
  });
  const before = rows.filter((row) => (numberField(row, 'at') ?? 0) < at).length;
  return { calls, isCutBefore: before >= LOOKBACK, isCutBehind: rows.length - before >= MOST };
}

function replaceLessons(database: Database, session: string, stretch: Stretch): readonly string[] {
  const operations = stretch.calls.map(({ operation }) => operation);
  const { fixes, mends } = learnFrom(operations);
  return [
    ...replaceFixes(database, session, stretch, fixes),
    ...replaceMends(database, session, stretch, mends),
  ];
}

/** What follows the last calls of a stretch that is cut is not known: they own nothing in it. */
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
    fixesOfCalls(database, session, owners),
    derived.map((fix) => fixRow(session, fix)),
  );
  const commands = derived
    .filter(({ isEdit, evidence }) => !isEdit && come.some((row) => row['evidence'] === evidence))
    .flatMap(({ pattern, text }) => fixCommandWrites(pattern, 'Bash', text));
  applyWrites(database, [...changes, ...commands]);
  const patterns = new Set([...gone, ...come].map((row) => String(row['pattern_id'])));
  return [...patterns].flatMap((pattern) => commandOfPattern(database, pattern) ?? []);
}

function fixRow(session: string, fix: LearnedFix): Row {
  const { pattern, evidence, text, at } = fix;
  const [isEdit, isWhole] = [fix.isEdit ? 1 : 0, fix.isWhole ? 1 : 0];
  const columns = { text, is_edit: isEdit, is_whole: isWhole, count: 1, at };
  return { pattern_id: pattern, evidence, session_id: session, ...columns };
}

/** A mend has the time of its call. What came before the first calls of a stretch that is cut is not known: they own nothing in it. */
function replaceMends(
  database: Database,
  session: string,
  { calls, isCutBefore }: Stretch,
  mends: readonly Mend[],
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
  const stored = mendsBetween(database, session, Math.min(...ends), Math.max(...ends)).filter(
    (row) => owners.has(numberField(row, 'at') ?? 0),
  );
  const { changes, gone, come } = replaceRows(MENDS, stored, derived);
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
