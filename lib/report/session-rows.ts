import type { ConversationEntry } from '../query/conversation/entry.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';
import { isoTime } from '../core/clock.ts';
import { clean } from './session-head.ts';

/** A session as lines of JSON: what it is, then one object for each part of the conversation. */
export function* sessionJsonLines({ session, origin, entries }: Conversation): Generator<string> {
  yield `${JSON.stringify({ kind: 'session', origin, ...session })}\n`;
  for (const { at, ...entry } of entries())
    yield `${JSON.stringify({ at: at > 0 ? isoTime(at) : null, ...withIsoResult(entry) })}\n`;
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
export function* sessionCsv({ entries }: Conversation): Generator<string> {
  yield `${COLUMNS.join(',')}\n`;
  for (const entry of entries()) yield `${csvRow(entry)}\n`;
}

function csvRow(entry: ConversationEntry): string {
  const call = entry.kind === 'call' ? entry : undefined;
  const result = entry.kind === 'call' || entry.kind === 'late-result' ? entry.result : undefined;
  return [
    entry.at > 0 ? isoTime(entry.at) : '',
    String(entry.depth),
    entry.kind,
    call?.tool ?? '',
    call?.target ?? '',
    result?.outcome ?? '',
    result?.text ?? textOf(entry),
  ]
    .map(csvCell)
    .join(',');
}

function textOf(entry: ConversationEntry): string {
  if ('text' in entry) return entry.text;
  if ('agentId' in entry) return entry.type ?? entry.agentId;
  return 'what' in entry ? entry.what : '';
}

/** A cell that begins like a formula is text for every spreadsheet. */
function csvCell(value: string): string {
  const text = clean(value);
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
