import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readTextColumn } from '../row.ts';
import type { CallKnowledge } from './order-entries.ts';

/** What the store knows of the calls of a session. */
export async function readCallKnowledge(
  database: Database,
  session: string,
): Promise<CallKnowledge> {
  const outcomes = queryBuilder()
    .selectFrom('operation_outcomes')
    .select(['tool_use_id', 'outcome'])
    .where('session_id', '=', session);
  const fixes = queryBuilder()
    .selectFrom('failure_fixes')
    .select(['evidence', 'text', 'is_edit'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('pattern_id');
  return {
    outcomes: new Map(
      (await runQuery(database, outcomes)).map((row) => [
        readTextColumn(row, 'tool_use_id') ?? '',
        readTextColumn(row, 'outcome') ?? '',
      ]),
    ),
    fixes: new Map(
      (await runQuery(database, fixes)).map((row) => [
        readTextColumn(row, 'evidence') ?? '',
        fixText(row),
      ]),
    ),
  };
}

function fixText(row: Row): string {
  const text = readTextColumn(row, 'text') ?? '';
  return row['is_edit'] === 1 ? `an edit of ${text}` : text;
}
