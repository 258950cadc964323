import { numberField, stringField } from '../../core/json.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Database, Row } from '../../store/database.ts';
import type { Expiry } from '../../store/keeper.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { MOST_COMMANDS, MOST_PROJECTS } from './known-pattern.ts';
import { failedIn, latestOfEach, projectsIn } from './read-base.ts';

const ADD = `INSERT OR REPLACE INTO pattern_bases
    (pattern_id, origin, count, sessions, first_at, last_at, last_error, last_command, kind, projects, failed, made_at, made_by)
  VALUES (?, 'forgotten', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`;

/** Patterns that are old, of which Claude is not warned, and about which nobody decided anything. Its parameter is the time before which all is old. */
export const STALE = `SELECT id FROM failure_patterns p WHERE last_at < ?
  AND NOT EXISTS (SELECT 1 FROM failure_needles n WHERE n.command_key = p.command_key)
  AND NOT EXISTS (SELECT 1 FROM pattern_choices c WHERE c.pattern_id = p.id AND (c.action IS NOT NULL OR c.confirmed_fix IS NOT NULL))`;

const ADD_FIX = `INSERT INTO failure_fixes (pattern_id, evidence, session_id, text, is_edit, is_whole, count, at)
  SELECT pattern_id, 'forgotten ' || text, NULL, text, is_edit, is_whole, sum(count), max(at) FROM failure_fixes WHERE session_id = ?1 AND pattern_id NOT IN (${STALE.replace('?', '?2')}) GROUP BY pattern_id, text, is_edit
  ON CONFLICT (pattern_id, evidence) DO UPDATE SET count = count + excluded.count, at = max(at, excluded.at), is_whole = min(is_whole, excluded.is_whole)`;

/** Rows of sessions that go. Its parameter is the same time. */
export const OF_OLD_SESSION = 'session_id IN (SELECT id FROM sessions WHERE last_event_at < ?)';

/**
 * Adds up what the runs of old sessions say of patterns that stay, so that knowledge outlives the sessions.
 * Call it in the transaction that deletes the runs, before it does.
 */
export function sumUpRuns(database: Database, { before, now }: Expiry): void {
  const ids = database.prepare(STALE).all(before);
  const stale = new Set(ids.map(({ id }) => String(id)));
  const sessions = database.prepare('SELECT id FROM sessions WHERE last_event_at < ?').all(before);
  const ofSession = database.prepare(
    'SELECT * FROM command_runs WHERE session_id = ? ORDER BY at, id',
  );
  for (const { id } of sessions) {
    sumUp(database, ofSession.all(String(id)), stale, now);
    database.prepare(ADD_FIX).run(String(id), before);
  }
  const ofNone = 'SELECT * FROM command_runs WHERE session_id IS NULL AND at < ? ORDER BY at, id';
  sumUp(database, database.prepare(ofNone).all(before), stale, now);
}

/** @param rows Runs of one session, or of none, oldest first. @param stale Patterns that go. */
function sumUp(
  database: Database,
  rows: readonly Row[],
  stale: ReadonlySet<string>,
  now: number,
): void {
  const failures = rows.filter((row) => row['pattern_id'] !== null);
  for (const [pattern, runs] of groupBy(failures, (row) => String(row['pattern_id']))) {
    const deletedAt =
      numberField(
        database
          .prepare('SELECT deleted_at FROM pattern_choices WHERE pattern_id = ?')
          .get(pattern) ?? {},
        'deleted_at',
      ) ?? -1;
    const counted = runs.filter((run) => (numberField(run, 'at') ?? 0) > deletedAt);
    const known = database
      .prepare(
        "SELECT * FROM pattern_bases WHERE pattern_id = ? AND origin = 'forgotten' AND made_at > ?",
      )
      .get(pattern, deletedAt);
    if (counted.length === 0) continue;
    if (!stale.has(pattern)) addRuns(database, { pattern, known, runs: counted, now });
    const key = stringField(counted.at(-1) ?? {}, 'command_key');
    if (key !== undefined) requestRefresh(database, 'failure', [key]);
  }
}

interface Addition {
  readonly pattern: string;
  readonly known: Row | undefined;
  readonly runs: readonly Row[];
  readonly now: number;
}

function addRuns(database: Database, { pattern, known, runs, now }: Addition): void {
  const last = runs.at(-1) ?? {};
  const first = runs[0] ?? {};
  const [firstAt, lastAt] = [numberField(first, 'at') ?? 0, numberField(last, 'at') ?? 0];
  const isLatest = known === undefined || lastAt >= (numberField(known, 'last_at') ?? 0);
  const latest = isLatest
    ? { error: last['error'], command: last['command'], kind: last['kind'] }
    : { error: known['last_error'], command: known['last_command'], kind: known['kind'] };
  const projects = [
    ...runs.toReversed().flatMap((run) => stringField(run, 'project') ?? []),
    ...projectsIn(known),
  ];
  const failed = [
    ...runs
      .toReversed()
      .map((run) => ({ exact: stringField(run, 'exact') ?? '', at: numberField(run, 'at') ?? 0 })),
    ...failedIn(known),
  ];
  const isCounted = first['session_id'] === null && known !== undefined; // failures of no session are of one session together
  database
    .prepare(ADD)
    .run(
      pattern,
      runs.length + (numberField(known ?? {}, 'count') ?? 0),
      (isCounted ? 0 : 1) + (numberField(known ?? {}, 'sessions') ?? 0),
      Math.min(firstAt, numberField(known ?? {}, 'first_at') ?? firstAt),
      Math.max(lastAt, numberField(known ?? {}, 'last_at') ?? lastAt),
      latest.error ?? '',
      latest.command ?? '',
      latest.kind ?? 'other',
      JSON.stringify([...new Set(projects)].slice(0, MOST_PROJECTS)),
      JSON.stringify(latestOfEach(failed).slice(0, MOST_COMMANDS)),
      now,
    );
}
