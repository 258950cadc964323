import type { ConversationEntry } from '../query/conversation/entry.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';
import { isoTime } from '../core/clock.ts';
import { formatCsvLine } from './table-rows.ts';

/** A session as lines of JSON: what it is, then one object for each part of the conversation. */
export function* renderSessionJsonLines({
  session,
  origin,
  entries,
}: Conversation): Generator<string> {
  yield `${JSON.stringify({ kind: 'session', origin, ...session })}\n`;
  for (const { at, ...entry } of entries()) {
    const { picture: _picture, ...row } = { picture: undefined, ...withIsoResult(entry) };
    yield `${JSON.stringify({ at: at > 0 ? isoTime(at) : null, ...row })}\n`;
  }
}

function withIsoResult<T extends object>(entry: T): object {
  if (!('result' in entry) || typeof entry.result !== 'object' || entry.result === null)
    return entry;
  const { result } = entry;
  const at =
    'at' in result && typeof result.at === 'number' && result.at > 0 ? isoTime(result.at) : null;
  return { ...entry, result: { ...result, at } };
}

const COLUMNS = ['at', 'depth', 'kind', 'tool', 'target', 'outcome', 'text'] as const;

/** A session as a table: one row for each part of the conversation. */
export function* renderSessionCsv({ entries }: Conversation): Generator<string> {
  yield formatCsvLine(COLUMNS);
  for (const entry of entries()) yield csvRow(entry);
}

function csvRow(entry: ConversationEntry): string {
  const call = entry.kind === 'call' ? entry : undefined;
  const result = entry.kind === 'call' || entry.kind === 'late-result' ? entry.result : undefined;
  return formatCsvLine([
    entry.at > 0 ? isoTime(entry.at) : '',
    String(entry.depth),
    entry.kind,
    call?.tool ?? '',
    call?.target ?? '',
    result?.outcome ?? '',
    result?.text ?? textOf(entry),
  ]);
}

function textOf(entry: ConversationEntry): string {
  if ('text' in entry) return entry.text;
  if ('agentId' in entry) return entry.type ?? entry.agentId;
  return 'what' in entry ? entry.what : '';
}
