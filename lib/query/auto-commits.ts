import { isoTime } from '../core/clock.ts';
import { objectField, parseJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** What became of a turn. Field names are a contract. */
export interface TurnOutcome {
  readonly at: string;
  readonly session: string;
  readonly worktree: string;
  readonly state: 'committed' | 'refused';
  readonly branch: string | null;
  readonly commit: string | null;
  /** Why it was refused. */
  readonly cause: string | null;
  readonly reason: string | null;
}

/** The latest turns that were committed or refused, newest first. */
export async function listAutoCommits(
  database: Database,
  limit: number,
): Promise<readonly TurnOutcome[]> {
  const query = queryBuilder()
    .selectFrom('events')
    .select(['type', 'at', 'envelope'])
    .where('type', 'in', [MADE, 'session.auto_commit_refused'])
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit);
  return (await runQuery(database, query)).map((row) => {
    const payload = objectField(
      parseJsonObject(readTextColumn(row, 'envelope') ?? '') ?? {},
      'payload',
    );
    const text = (name: string): string | null => stringField(payload, name) ?? null;
    return {
      at: isoTime(readNumberColumn(row, 'at') ?? 0),
      session: text('session_id') ?? '',
      worktree: text('worktree') ?? '',
      state: readTextColumn(row, 'type') === MADE ? 'committed' : 'refused',
      ...{ branch: text('branch'), commit: text('commit') },
      ...{ cause: text('cause'), reason: text('reason') },
    };
  });
}

const MADE = 'session.auto_committed';
