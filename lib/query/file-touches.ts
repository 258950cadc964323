import { isoTime } from '../core/clock.ts';
import { hasEndedSql } from '../store/sessions-table.ts';
import type { Database } from '../store/database.ts';
import { sql } from 'kysely';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** A session that wrote a file with one of the editing tools. */
export interface FileTouch {
  /** The absolute path, as the call named it. */
  readonly path: string;
  readonly session: string;
  readonly at: string;
  /** Whether the session has not ended. */
  readonly isOpen: boolean;
}

const EDITORS = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];

/** Which sessions wrote these files since then, the latest call of each. */
export async function readFileTouches(
  database: Database,
  paths: readonly string[],
  since: number,
): Promise<readonly FileTouch[]> {
  const wanted = new Set(paths);
  const query = queryBuilder()
    .selectFrom('operation_outcomes')
    .innerJoin('sessions', 'sessions.id', 'operation_outcomes.session_id')
    .select(['operation_outcomes.target', 'operation_outcomes.session_id'])
    .select((eb) => eb.fn.max('operation_outcomes.at').as('at'))
    .select(sql<number>`${sql.raw(hasEndedSql('sessions.'))}`.as('ended'))
    .where('operation_outcomes.tool', 'in', EDITORS)
    .where('operation_outcomes.outcome', '=', 'ok')
    .where('operation_outcomes.at', '>', since)
    .groupBy(['operation_outcomes.target', 'operation_outcomes.session_id'])
    .groupBy(['sessions.ended_at', 'sessions.last_started_at'])
    .orderBy('operation_outcomes.target')
    .orderBy('operation_outcomes.session_id');
  return (await runQuery(database, query)).flatMap((row) => {
    const path = readTextColumn(row, 'target') ?? '';
    if (!wanted.has(path)) return [];
    return [
      {
        path,
        session: readTextColumn(row, 'session_id') ?? '',
        at: isoTime(readNumberColumn(row, 'at') ?? 0),
        isOpen: readNumberColumn(row, 'ended') !== 1,
      },
    ];
  });
}

/**
 * Whether any call ran since then in a session of a work tree that can change files unseen: a
 * command, or an agent.
 */
export async function hasRunCommandsSince(
  database: Database,
  worktree: string,
  since: number,
): Promise<boolean> {
  const query = queryBuilder()
    .selectFrom('operation_outcomes')
    .innerJoin('sessions', 'sessions.id', 'operation_outcomes.session_id')
    .select('operation_outcomes.session_id')
    .where((eb) =>
      eb.or([eb('sessions.worktree', '=', worktree), eb('sessions.project', '=', worktree)]),
    )
    .where('operation_outcomes.tool', '=', 'Bash')
    .where('operation_outcomes.ended_at', '>=', since)
    .limit(1);
  return (await runQuery(database, query)).length > 0;
}
