import { parseJsonObject, stringField } from '../../core/json.ts';
import type { Row } from '../../store/database.ts';
import type { HostEntry } from '../../store/postgres/apply-entries.ts';
import type { Change } from '../../store/sink.ts';
import { fieldsOf, listOf, type RedisSession, type Reply, textOf } from '../redis/connect-redis.ts';

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
  await session.send(
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
  await session.send('XADD', key, '*', ...causeFields(cause), ...kept);
}

function causeFields({ stream, entry, reason }: DeadCause): readonly string[] {
  return ['stream', stream, 'entry', entry, 'reason', reason.slice(0, MAX_REASON)];
}

/** Dead letters, the oldest first. One that was put aside twice is listed twice. */
export async function listFeedLetters(
  session: RedisSession,
  key: string,
  { from = '-', most }: { readonly from?: string; readonly most: number },
): Promise<readonly FeedLetter[]> {
  const found = listOf(await session.send('XRANGE', key, from, '+', 'COUNT', String(most)));
  return found.map((one) => {
    const [id, listed] = listOf(one);
    return letterOf(textOf(id), fieldsOf(listed));
  });
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

/** Letters that are looked at in one step. */
const LETTERS_AT_ONCE = 500;

/** Deletes all dead letters of a machine. */
export async function deleteLettersOf(
  session: RedisSession,
  key: string,
  host: string,
): Promise<void> {
  for (let from = '-'; ; ) {
    const letters = await listFeedLetters(session, key, { from, most: LETTERS_AT_ONCE });
    const own = letters.filter((letter) => letter.host === host).map(({ id }) => id);
    await deleteFeedLetters(session, key, own);
    const last = letters.at(-1);
    if (last === undefined || letters.length < LETTERS_AT_ONCE) return;
    from = `(${last.id}`;
  }
}

/** Deletes dead letters. */
export async function deleteFeedLetters(
  session: RedisSession,
  key: string,
  ids: readonly string[],
): Promise<number> {
  return ids.length === 0 ? 0 : Number(await session.send('XDEL', key, ...ids));
}
