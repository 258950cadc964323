import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { keepFixCommand } from './fix-commands.ts';
import type { LearnedFix } from './known-pattern.ts';
import { learnFrom, type LearningOperation } from './learn-fixes.ts';
import { wasRefusedByItself } from './was-refused-by-itself.ts';

/** Calls before the first news that are looked at again: news may be what helped after their failure. More than a fix may be away. */
const LOOKBACK = 40;

/** Calls from the first news on. What lies behind them comes with the next turn. */
const MOST = 300;

/** Ids by the index alone: a call that only a hook has told of so far has its end and no beginning. */
const BEFORE = `SELECT tool_use_id, at FROM operations WHERE session_id = ?1 AND at < ?2
  UNION ALL SELECT tool_use_id, ended_at FROM operations WHERE session_id = ?1 AND at IS NULL AND ended_at < ?2 ORDER BY 2 DESC, 1 DESC LIMIT ${LOOKBACK}`;
const FROM = `SELECT tool_use_id, at FROM operations WHERE session_id = ?1 AND at >= ?2
  UNION ALL SELECT tool_use_id, ended_at FROM operations WHERE session_id = ?1 AND at IS NULL AND ended_at >= ?2 ORDER BY 2, 1 LIMIT ${MOST}`;
const THESE = `SELECT tool_use_id AS id, tool, target, outcome, error, at, ended_at FROM operation_outcomes
  WHERE tool_use_id IN (SELECT value FROM json_each(?))`;

const ANY_FAILURE =
  'SELECT 1 FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL LIMIT 1';

const KEEP = `INSERT INTO failure_fixes (pattern_id, evidence, session_id, text, is_edit, is_whole, count, at) VALUES (?, ?, ?, ?, ?, ?, 1, ?)
  ON CONFLICT (pattern_id, evidence) DO UPDATE SET session_id = excluded.session_id, text = excluded.text, is_edit = excluded.is_edit,
    is_whole = excluded.is_whole, at = excluded.at`;

export interface LessonPlace {
  readonly session: string;
  readonly project: string | null;
}

/** Keeps what helped after failures of a session, as far as operations from `from` (milliseconds) on bear on it. @returns the keys of commands of which something new is known. */
export function keepFixes(
  database: Database,
  { session, project }: LessonPlace,
  from: number,
): readonly string[] {
  if (database.prepare(ANY_FAILURE).get(session) === undefined) return []; // most sessions, most of the time: nothing to look up
  const ids = [
    ...database.prepare(BEFORE).all(session, from).toReversed(),
    ...database.prepare(FROM).all(session, from),
  ];
  const operations = operationsOf(
    database,
    ids.map((row) => String(row['tool_use_id'])),
    project,
  );
  if (!operations.some(({ outcome }) => outcome === 'failed')) return [];
  const learned = learnFrom(operations);
  const fixes = new Map(learned.fixes.map((fix) => [fix.evidence, fix]));
  const failed = operations.flatMap(({ id, outcome }) => (outcome === 'failed' ? id : []));
  const changed = failed.flatMap((id) => keepFix(database, session, id, fixes.get(id)));
  const mend = database.prepare(
    'INSERT INTO failure_mends (session_id, command_key, exact, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const mended = learned.mends.flatMap(({ key, exact, at }) =>
    mend.run(session, key, exact, at).changes > 0 ? key : [],
  );
  return [...changed.flatMap((pattern) => keyOf(database, pattern) ?? []), ...mended];
}

/** @returns the patterns whose fixes changed by it. */
function keepFix(
  database: Database,
  session: string,
  evidence: string,
  fix: LearnedFix | undefined,
): readonly string[] {
  const known = database
    .prepare('SELECT * FROM failure_fixes WHERE session_id = ? AND evidence = ?')
    .all(session, evidence);
  const gone = known.filter((row) => !isSame(row, fix));
  for (const row of gone)
    database
      .prepare('DELETE FROM failure_fixes WHERE pattern_id = ? AND evidence = ?')
      .run(String(row['pattern_id']), evidence);
  const lost = gone.map((row) => String(row['pattern_id']));
  if (fix === undefined || gone.length < known.length) return lost;
  database
    .prepare(KEEP)
    .run(fix.pattern, evidence, session, fix.text, fix.isEdit ? 1 : 0, fix.isWhole ? 1 : 0, fix.at);
  if (!fix.isEdit) keepFixCommand(database, fix.pattern, 'Bash', fix.text);
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

function keyOf(database: Database, pattern: string): string | undefined {
  return stringField(
    database.prepare('SELECT command_key FROM failure_patterns WHERE id = ?').get(pattern) ?? {},
    'command_key',
  );
}

/** In the order of `ids`. */
function operationsOf(
  database: Database,
  ids: readonly string[],
  project: string | null,
): readonly LearningOperation[] {
  const rows = database.prepare(THESE).all(JSON.stringify(ids));
  const byId = new Map(rows.map((row) => [String(row['id']), row]));
  return ids.flatMap((id) => operationOf(byId.get(id) ?? {}, project) ?? []);
}

function operationOf(row: Row, project: string | null): LearningOperation | undefined {
  const tool = stringField(row, 'tool');
  const at = numberField(row, 'ended_at') ?? numberField(row, 'at');
  const outcome = stringField(row, 'outcome');
  if (tool === undefined || at === undefined || outcome === undefined || outcome === 'running')
    return undefined;
  const error = stringField(row, 'error') ?? null;
  const hasFailed =
    outcome === 'failed' || (outcome === 'rejected' && wasRefusedByItself(error ?? ''));
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
