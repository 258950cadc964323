import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { AT_ONCE as WITHOUT_PACE, requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';
import { provenShapes } from './command-shape.ts';
import { failedCommand } from './failed-command.ts';
import { touchedBy } from './fix-commands.ts';
import { keepFixes } from './keep-fixes.ts';
import { keepFailure, keepSuccess } from './keep-run.ts';
import { wasRefusedByItself } from './was-refused-by-itself.ts';

/** Operations that are learned from at one turn. */
const AT_ONCE = 200;

const NEWS = `SELECT u.tool_use_id AS id, o.tool, o.target, o.error, o.outcome, o.at, o.ended_at FROM unlearned u
  LEFT JOIN operation_outcomes o ON o.tool_use_id = u.tool_use_id WHERE u.session_id = ? ORDER BY o.at, u.tool_use_id LIMIT ${AT_ONCE}`;

/** A failure that a hook saw has a run already. */
const KNOWN = "SELECT 1 FROM command_runs WHERE id = ? AND source = 'hook'";

interface Place {
  readonly session: string;
  readonly project: string | null;
  readonly repository: string | null;
}

/**
 * The 'lessons' refresher: learns from the operations of a session that changed since the last time: which commands went well that are known to fail,
 * which calls Claude Code refused because they cannot work, and what helped after a failure. Learning twice changes nothing. A long session is learned from in turns.
 */
export function learnLessons(database: Database, session: string): void {
  inTransaction(database, () => {
    const news = database.prepare(NEWS).all(session);
    const found =
      database.prepare('SELECT project, repository FROM sessions WHERE id = ?').get(session) ?? {};
    const place = {
      session,
      project: stringField(found, 'project') ?? null,
      repository: stringField(found, 'repository') ?? null,
    };
    const touched = new Set<string>();
    for (const row of news) for (const key of learnFrom(database, row, place)) touched.add(key);
    const times = news.flatMap((row) => numberField(row, 'at') ?? []);
    if (times.length > 0)
      for (const key of keepFixes(database, place, Math.min(...times))) touched.add(key);
    for (const { id } of news)
      database.prepare('DELETE FROM unlearned WHERE tool_use_id = ?').run(String(id));
    requestRefresh(database, 'failure', touched);
    if (news.length === AT_ONCE) requestRefresh(database, `lessons${WITHOUT_PACE}`, [session]);
  });
}

/** @returns the keys of commands of which something new is known. */
function learnFrom(database: Database, row: Row, place: Place): readonly string[] {
  const id = stringField(row, 'id') ?? '';
  const tool = stringField(row, 'tool');
  const target = stringField(row, 'target') ?? '';
  const at = numberField(row, 'ended_at') ?? numberField(row, 'at');
  if (tool === undefined || at === undefined) return []; // gone, or not told yet
  const run = { id, ...place, at };
  const project = place.project ?? undefined;
  if (row['outcome'] === 'ok')
    return provenShapes(tool, target, project).flatMap((shape) =>
      keepSuccess(database, run, shape) ? shape.key : [],
    );
  const error = stringField(row, 'error') ?? '';
  const hasFailed =
    row['outcome'] === 'failed' &&
    !/interrupted by user/i.test(error) &&
    database.prepare(KNOWN).get(id) === undefined;
  if (!hasFailed && !(row['outcome'] === 'rejected' && wasRefusedByItself(error))) return [];
  const { shape, pattern } = failedCommand(tool, target, error, project);
  keepFailure(database, {
    ...run,
    tool,
    shape,
    pattern,
    command: target,
    error,
    source: 'transcript',
  });
  return touchedBy(database, shape.key);
}
