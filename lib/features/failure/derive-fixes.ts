import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { applyWrites } from '../../store/sink.ts';
import { fixCommandWrites } from './change-pattern.ts';
import type { LearnedFix } from './known-pattern.ts';
import { learnFrom, type LearningOperation } from './learn-fixes.ts';
import { commandOfPattern } from './table-patterns.ts';
import {
  callsAround,
  fixesOfCall,
  hasFailures,
  keepLearnedFix,
  keepMend,
  removeFix,
} from './table-runs.ts';
import { isInvalidCall } from './invalid-call.ts';

/** Calls before the first news that are looked at again: news may be what helped after their failure. More than a fix may be away. */
const LOOKBACK = 40;

/** Calls from the first news on. What lies behind them comes with the next turn. */
const MOST = 300;

export interface LessonPlace {
  readonly session: string;
  readonly project: string | null;
}

/** Keeps what helped after failures of a session, as far as operations from `from` (milliseconds) on bear on it. @returns the keys of commands of which something new is known. */
export function deriveFixes(
  database: Database,
  { session, project }: LessonPlace,
  from: number,
): readonly string[] {
  if (!hasFailures(database, session)) return [];
  const rows = callsAround(database, session, { at: from, before: LOOKBACK, after: MOST });
  const operations = rows.flatMap((row) => operationOf(row, project) ?? []);
  if (!operations.some(({ outcome }) => outcome === 'failed')) return [];
  const learned = learnFrom(operations);
  const fixes = new Map(learned.fixes.map((fix) => [fix.evidence, fix]));
  const failed = operations.flatMap(({ id, outcome }) => (outcome === 'failed' ? id : []));
  const changed = failed.flatMap((id) => deriveFix(database, session, id, fixes.get(id)));
  const mended = learned.mends.flatMap((mend) =>
    keepMend(database, session, mend) ? mend.key : [],
  );
  return [...changed.flatMap((pattern) => commandOfPattern(database, pattern) ?? []), ...mended];
}

/** @returns the patterns whose fixes changed by it. */
function deriveFix(
  database: Database,
  session: string,
  evidence: string,
  fix: LearnedFix | undefined,
): readonly string[] {
  const known = fixesOfCall(database, session, evidence);
  const gone = known.filter((row) => !isSame(row, fix));
  for (const row of gone) removeFix(database, String(row['pattern_id']), evidence);
  const lost = gone.map((row) => String(row['pattern_id']));
  if (fix === undefined || gone.length < known.length) return lost;
  keepLearnedFix(database, session, fix);
  if (!fix.isEdit) applyWrites(database, fixCommandWrites(fix.pattern, 'Bash', fix.text));
  return [...lost, fix.pattern];
}

function isSame(row: Row, fix: LearnedFix | undefined): boolean {
  return (
    fix !== undefined &&
    row['pattern_id'] === fix.pattern &&
    row['text'] === fix.text &&
    row['is_edit'] === (fix.isEdit ? 1 : 0) &&
    row['at'] === fix.at
  );
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
