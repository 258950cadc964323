import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import { readCallKnowledge } from './call-knowledge.ts';
import type { CallResult, ConversationEntry } from './entry.ts';

/**
 * What the store has of a conversation whose words are gone: heads of what was said, of calls and
 * of their errors.
 */
export async function readStoredEntries(
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
  const messages = queryBuilder()
    .selectFrom('messages')
    .select(['role', 'at', 'agent_id', 'text', 'length'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
  const said = (await runQuery(database, messages)).map(messageOf);
  const { fixes } = await readCallKnowledge(database, session);
  const entries = [
    // what hooks saw of prompts is in the messages, too, once the transcript was read
    ...(said.length > 0 ? said : (await runQuery(database, prompts)).map(promptOf)),
    ...(await runQuery(database, calls)).map((row) => callOf(row, fixes)),
  ];
  return entries.toSorted((a, b) => a.at - b.at);
}

function messageOf(row: Row): ConversationEntry {
  const text = readTextColumn(row, 'text') ?? '';
  const left = (readNumberColumn(row, 'length') ?? 0) - text.length;
  return {
    kind: row['role'] === 'prompt' ? 'prompt' : 'answer',
    at: readNumberColumn(row, 'at') ?? 0,
    depth: readTextColumn(row, 'agent_id') === null ? 0 : 1,
    text: left > 0 ? `${text}\n[${left} more characters are lost with the transcript]` : text,
  };
}

function promptOf(row: Row): ConversationEntry {
  return {
    kind: 'prompt',
    at: readNumberColumn(row, 'at') ?? 0,
    depth: 0,
    text: readTextColumn(row, 'detail') ?? '',
  };
}

function callOf(row: Row, fixes: ReadonlyMap<string, string>): ConversationEntry {
  const toolUseId = readTextColumn(row, 'tool_use_id') ?? '';
  const [outcome, text] = [readTextColumn(row, 'outcome'), readTextColumn(row, 'error') ?? ''];
  const at = readNumberColumn(row, 'ended_at') ?? 0;
  const result: CallResult | undefined =
    outcome === 'ok' || outcome === 'failed' || outcome === 'rejected'
      ? { at, outcome, text }
      : undefined;
  return {
    kind: 'call',
    at: readNumberColumn(row, 'at') ?? 0,
    depth: readTextColumn(row, 'agent_id') === null ? 0 : 1,
    toolUseId,
    tool: readTextColumn(row, 'tool') ?? 'unknown',
    target: readTextColumn(row, 'target') ?? '',
    input: {},
    diff: [],
    result,
    fix: outcome === 'ok' ? undefined : fixes.get(toolUseId),
  };
}
