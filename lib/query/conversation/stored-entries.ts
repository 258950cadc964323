import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, rowsOf } from '../builder.ts';
import { numberOf, textOf } from '../row.ts';
import { callKnowledge } from './call-knowledge.ts';
import type { CallResult, ConversationEntry } from './entry.ts';

/** What the store has of a conversation whose words are gone: prompts, and the heads of calls and of their errors. */
export async function entriesOfRows(
  database: Database,
  session: string,
): Promise<readonly ConversationEntry[]> {
  const prompts = queryBuilder()
    .selectFrom('session_log as l')
    .innerJoin('prompts as t', (join) =>
      join.onRef('t.session_id', '=', 'l.session_id').onRef('t.id', '=', 'l.id'),
    )
    .select(['l.at', 'l.detail'])
    .where('l.session_id', '=', session)
    .orderBy('l.at')
    .orderBy('l.id');
  const calls = queryBuilder()
    .selectFrom('operation_outcomes')
    .select(['tool_use_id', 'tool', 'target', 'outcome', 'error', 'at', 'ended_at', 'agent_id'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('tool_use_id');
  const { fixes } = await callKnowledge(database, session);
  const entries = [
    ...(await rowsOf(database, prompts)).map(promptOf),
    ...(await rowsOf(database, calls)).map((row) => callOf(row, fixes)),
  ];
  return entries.toSorted((a, b) => a.at - b.at);
}

function promptOf(row: Row): ConversationEntry {
  return {
    kind: 'prompt',
    at: numberOf(row, 'at') ?? 0,
    depth: 0,
    text: textOf(row, 'detail') ?? '',
  };
}

function callOf(row: Row, fixes: ReadonlyMap<string, string>): ConversationEntry {
  const toolUseId = textOf(row, 'tool_use_id') ?? '';
  const [outcome, text] = [textOf(row, 'outcome'), textOf(row, 'error') ?? ''];
  const at = numberOf(row, 'ended_at') ?? 0;
  const result: CallResult | undefined =
    outcome === 'ok' || outcome === 'failed' || outcome === 'rejected'
      ? { at, outcome, text }
      : undefined;
  return {
    kind: 'call',
    at: numberOf(row, 'at') ?? 0,
    depth: textOf(row, 'agent_id') === null ? 0 : 1,
    toolUseId,
    tool: textOf(row, 'tool') ?? 'unknown',
    target: textOf(row, 'target') ?? '',
    input: {},
    diff: [],
    result,
    fix: outcome === 'ok' ? undefined : fixes.get(toolUseId),
  };
}
