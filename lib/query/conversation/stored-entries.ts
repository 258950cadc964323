import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, rowsOf } from '../builder.ts';
import { numberOf, textOf } from '../row.ts';
import { callKnowledge } from './call-knowledge.ts';
import type { CallResult, ConversationEntry } from './entry.ts';

/** What the store has of a conversation whose words are gone: heads of what was said, of calls and of their errors. */
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
  const messages = queryBuilder()
    .selectFrom('messages')
    .select(['role', 'at', 'agent_id', 'text', 'length'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
  const said = (await rowsOf(database, messages)).map(messageOf);
  const { fixes } = await callKnowledge(database, session);
  const entries = [
    // what hooks saw of prompts is in the messages, too, once the transcript was read
    ...(said.length > 0 ? said : (await rowsOf(database, prompts)).map(promptOf)),
    ...(await rowsOf(database, calls)).map((row) => callOf(row, fixes)),
  ];
  return entries.toSorted((a, b) => a.at - b.at);
}

function messageOf(row: Row): ConversationEntry {
  const text = textOf(row, 'text') ?? '';
  const left = (numberOf(row, 'length') ?? 0) - text.length;
  return {
    kind: row['role'] === 'prompt' ? 'prompt' : 'answer',
    at: numberOf(row, 'at') ?? 0,
    depth: textOf(row, 'agent_id') === null ? 0 : 1,
    text: left > 0 ? `${text}\n[${left} more characters are gone with the transcript]` : text,
  };
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
