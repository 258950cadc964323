import { parseJsonObject, stringField } from '../../core/json.ts';
import type { Row } from '../../store/database.ts';
import type { HostEntry } from '../../store/postgres/apply-entries.ts';
import type { Change } from '../../store/sink.ts';
import {
  fieldsOf,
  listOf,
  type RedisSession,
  type Reply,
  sendThoughFull,
  textOf,
} from '../redis/connect-redis.ts';

/** A change, or a whole entry, that PostgreSQL could not take. */
export interface FeedLetter {
  readonly id: string;
  /** The entry of the stream that it was in. */
  readonly entry: string;
  readonly stream: string;
  readonly host: string;
  readonly name: string;
  readonly reason: string;
  /** `undefined` for a whole entry. */
  readonly change: LetterChange | undefined;
  /** The fields of a whole entry. */
  readonly fields: ReadonlyMap<string, Reply>;
}

export interface LetterChange {
  readonly table: string;
  readonly row: Row;
  readonly isRemoval: boolean;
}

/** Longest reason that is kept. */
const MAX_REASON = 300;

/** What is put aside, and why. */
export interface DeadCause {
  readonly stream: string;
  readonly entry: string;
  readonly reason: string;
}

/** Puts one change aside. */
export async function addDeadChange(
  session: RedisSession,
  key: string,
  cause: DeadCause,
  { host, name }: Pick<HostEntry, 'host' | 'name'>,
  change: Change,
): Promise<void> {
  const text = JSON.stringify(
    'from' in change
      ? { table: change.from.table, row: change.key, removal: 1 }
      : { table: change.into.table, row: change.row },
  );
  await sendThoughFull(
    session,
    'XADD',
    key,
    '*',
    ...causeFields(cause),
    'host',
    host,
    'name',
    name,
    ...['change', text],
  );
}

/** Puts a whole entry aside, with its fields. */
export async function addDeadEntry(
  session: RedisSession,
  key: string,
  cause: DeadCause,
  fields: ReadonlyMap<string, Reply>,
): Promise<void> {
  const kept = [...fields].flatMap(([name, value]) =>
    typeof value === 'string' || Buffer.isBuffer(value) ? [`entry.${name}`, value] : [],
  );
  await sendThoughFull(session, 'XADD', key, '*', ...causeFields(cause), ...kept);
}

function causeFields({ stream, entry, reason }: DeadCause): readonly string[] {
  return ['stream', stream, 'entry', entry, 'reason', reason.slice(0, MAX_REASON)];
}

/** No more letters are read in one step once they have so many bytes. */
const MAX_BYTES = 4_000_000;

/** Letters that are read in one step. */
const LETTERS_AT_ONCE = 100;

/** A letter may have as many bytes as an entry: Redis counts them before it sends them. */
const SCRIPT = `#!lua flags=no-writes,allow-oom
local found, room, from = {}, tonumber(ARGV[2]), ARGV[1]
while #found < tonumber(ARGV[3]) and room > 0 do
  local letter = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 1)[1]
  if not letter then break end
  for _, field in ipairs(letter[2]) do room = room - #field end
  found[#found + 1], from = letter, '(' .. letter[1]
end
return found`;

/** Dead letters, the oldest first. One that was put aside twice is listed twice. */
export async function* feedLetters(
  session: RedisSession,
  key: string,
  { from = '-', most = Infinity }: { readonly from?: string; readonly most?: number } = {},
): AsyncGenerator<FeedLetter> {
  for (let left = most; left > 0; ) {
    const step = Math.min(left, LETTERS_AT_ONCE);
    const found = listOf(
      await session.send('EVAL', SCRIPT, '1', key, from, `${MAX_BYTES}`, `${step}`),
    );
    for (const one of found) {
      const [id, listed] = listOf(one);
      yield letterOf(textOf(id), fieldsOf(listed));
      from = `(${textOf(id)}`;
    }
    if (found.length === 0) return;
    left -= found.length;
  }
}

function letterOf(id: string, fields: ReadonlyMap<string, Reply>): FeedLetter {
  const text = (name: string): string => textOf(fields.get(name));
  const change = parseJsonObject(text('change'));
  const entry = new Map(
    [...fields].flatMap(
      ([name, value]): ReadonlyArray<[string, Reply]> =>
        name.startsWith('entry.') ? [[name.slice('entry.'.length), value]] : [],
    ),
  );
  const meta = parseJsonObject(textOf(entry.get('meta'))) ?? {};
  return {
    id,
    entry: text('entry'),
    stream: text('stream'),
    host: text('host') || (stringField(meta, 'host') ?? ''),
    name: text('name') || (stringField(meta, 'name') ?? ''),
    reason: text('reason'),
    change:
      change === undefined
        ? undefined
        : {
            table: stringField(change, 'table') ?? '',
            row: rowOf(change['row']),
            isRemoval: change['removal'] === 1,
          },
    fields: entry,
  };
}

function rowOf(value: unknown): Row {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([name, one]: [string, unknown]) =>
      one === null || typeof one === 'string' || typeof one === 'number' ? [[name, one]] : [],
    ),
  );
}

/** Deletes all dead letters of a machine. */
export async function deleteLettersOf(
  session: RedisSession,
  key: string,
  host: string,
): Promise<void> {
  for await (const letter of feedLetters(session, key))
    if (letter.host === host) await deleteFeedLetters(session, key, [letter.id]);
}

/** Deletes dead letters. */
export async function deleteFeedLetters(
  session: RedisSession,
  key: string,
  ids: readonly string[],
): Promise<number> {
  return ids.length === 0 ? 0 : Number(await session.send('XDEL', key, ...ids));
}
