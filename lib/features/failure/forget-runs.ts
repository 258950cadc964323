import { numberField, stringField } from '../../core/json.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Database, Row } from '../../store/database.ts';
import type { Expiry } from '../../store/keeper.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { MAX_COMMANDS, MAX_PROJECTS } from './known-pattern.ts';
import {
  readChoice,
  readDeletedAt,
  readForgottenBase,
  saveForgottenBase,
  readStalePatterns,
} from './table-patterns.ts';
import { summarizeFixes } from './table-fixes.ts';
import { readRunsWithoutSession, readRunsOfSession, readSessionsBefore } from './table-runs.ts';
import { readFailedMoments, keepLatestOfEach, readBaseProjects } from './read-base.ts';

/**
 * Sums up the runs of old sessions for patterns that stay, so that knowledge is kept longer than
 * the sessions. Call it in the transaction that deletes the runs, before the deletion.
 */
export function summarizeRuns(database: Database, { historyBefore: before, now }: Expiry): void {
  const stale = readStalePatterns(database, before);
  for (const session of readSessionsBefore(database, before)) {
    sumUp(database, readRunsOfSession(database, session), stale, now);
    summarizeFixes(database, session, before);
  }
  sumUp(database, readRunsWithoutSession(database, before), stale, now);
}

/** @param rows Runs of one session, or of none, oldest first. @param stale Patterns to delete. */
function sumUp(
  database: Database,
  rows: readonly Row[],
  stale: ReadonlySet<string>,
  now: number,
): void {
  const failures = rows.filter((row) => row['pattern_id'] !== null);
  for (const [pattern, runs] of groupBy(failures, (row) => String(row['pattern_id']))) {
    const deletedAt = readDeletedAt(readChoice(database, pattern));
    const counted = runs.filter((run) => (numberField(run, 'at') ?? 0) > deletedAt);
    const known = readForgottenBase(database, pattern, deletedAt);
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
    ...readBaseProjects(known),
  ];
  const failed = [
    ...runs
      .toReversed()
      .map((run) => ({ exact: stringField(run, 'exact') ?? '', at: numberField(run, 'at') ?? 0 })),
    ...readFailedMoments(known),
  ];
  // failures without a session count together as one session
  const isCounted = first['session_id'] === null && known !== undefined;
  saveForgottenBase(database, pattern, {
    count: runs.length + (numberField(known ?? {}, 'count') ?? 0),
    sessions: (isCounted ? 0 : 1) + (numberField(known ?? {}, 'sessions') ?? 0),
    first_at: Math.min(firstAt, numberField(known ?? {}, 'first_at') ?? firstAt),
    last_at: Math.max(lastAt, numberField(known ?? {}, 'last_at') ?? lastAt),
    last_error: latest.error ?? '',
    last_command: latest.command ?? '',
    kind: latest.kind ?? 'other',
    projects: JSON.stringify([...new Set(projects)].slice(0, MAX_PROJECTS)),
    failed: JSON.stringify(keepLatestOfEach(failed).slice(0, MAX_COMMANDS)),
    made_at: now,
  });
}
