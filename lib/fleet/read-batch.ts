import { stringField } from '../core/json.ts';
import { changedRows, type ChangedRow, eventRowsAfter, rowOfKey } from '../store/changed-rows.ts';
import type { Database, Row } from '../store/database.ts';
import type { AppliedUpTo } from '../store/postgres/hosts.ts';
import type { Shapes } from '../store/postgres/postgres-sink.ts';
import { FORGOTTEN } from '../store/forgotten.ts';
import type { Change } from '../store/sink.ts';
import { type FieldGroup, groupsFor, type ShareRule } from './field-groups.ts';
import { hashedKey, selectFields } from './select-fields.ts';
import { SHARED, type Sharing } from './shared-tables.ts';
import { placeOfSession, sessionsOfPattern } from './table.ts';

/**
 * What one message to the place of the team has. Applied again, it changes nothing; applied in the
 * order of `upTo`, it leaves there what is here.
 */
export interface FleetBatch {
  /** What is there already: it follows on that. */
  readonly from: AppliedUpTo;
  /** The number of the last change that it has or leaves out. */
  readonly upTo: number;
  /** The number of the last event that it has or leaves out. */
  readonly eventsUpTo: number;
  /** Writes and removals of shared tables, in their order. */
  readonly changes: readonly Change[];
  /** The number of each change, or of the event that it is. */
  readonly numbers: readonly number[];
  /** How many of the changes are none of events, which come behind them. */
  readonly eventsAt: number;
  /** Hashes of sessions of which nothing may be left. */
  readonly forgotten: readonly string[];
}

export interface BatchParts {
  readonly shapes: Shapes;
  readonly rules: readonly ShareRule[];
  /** Known to this machine alone. */
  readonly salt: string;
  /** Most changes and events that are looked at. */
  readonly most: number;
}

/**
 * Reads what comes behind `after`, as it is now, with what the user shares of it; `undefined` when
 * there is nothing.
 */
export function readBatch(
  database: Database,
  after: AppliedUpTo,
  parts: BatchParts,
): FleetBatch | undefined {
  const found = changedRows(database, after.change, parts.most);
  const reader = new RowReader(database, parts);
  const rows = reader.changesOf(found);
  const upTo = reader.isFull ? reader.lastRead : (found.at(-1)?.seq ?? after.change);
  // alone, so that a row that is refused takes no other with it
  const isAlone = reader.isFull || (parts.most === 1 && found.length > 0);
  const events = isAlone ? [] : eventRowsAfter(database, after.event, parts.most);
  if (found.length === 0 && events.length === 0) return undefined;
  const ofEvents = reader.eventsOf(events);
  const all = [...rows, ...ofEvents];
  const eventsRead = events.length === 0 ? after.event : reader.lastRead;
  return {
    ...{ from: after, upTo, eventsUpTo: eventsRead },
    changes: all.map(({ change }) => change),
    numbers: all.map(({ number }) => number),
    eventsAt: rows.length,
    forgotten: found
      .filter(({ table, seq }) => table === FORGOTTEN.table && seq <= upTo)
      .map(({ key }) => String(key[0])),
  };
}

interface Numbered {
  readonly number: number;
  readonly change: Change;
}

function numbered(number: number, changes: readonly Change[]): readonly Numbered[] {
  return changes.map((change) => ({ number, change }));
}

/**
 * So much text makes a batch full: neither this machine nor a worker should hold hundreds of
 * megabytes because many rows are long.
 */
const MAX_LETTERS = 1_000_000;

const SHARINGS = new Map(SHARED.map((sharing) => [sharing.into.table, sharing]));

class RowReader {
  readonly #database: Database;
  readonly #parts: BatchParts;
  /** What is shared of each session, looked up once in a batch. */
  readonly #groups = new Map<string, ReadonlySet<FieldGroup> | undefined>();
  #letters = 0;
  #lastRead = 0;

  constructor(database: Database, parts: BatchParts) {
    this.#database = database;
    this.#parts = parts;
  }

  /** Whether the batch has so much text that the rest has to wait for the next one. */
  get isFull(): boolean {
    return this.#letters >= MAX_LETTERS;
  }

  /** The number of the last change or event that was read. */
  get lastRead(): number {
    return this.#lastRead;
  }

  /** The latest change of each row; it replaces earlier ones. Stops when the batch is full. */
  changesOf(changed: readonly ChangedRow[]): readonly Numbered[] {
    const last = new Map(changed.map((change) => [nameOf(change), change]));
    return this.#untilFull(
      [...last.values()].toSorted((one, other) => one.seq - other.seq),
      ({ seq }) => seq,
      (change) => (change.isRemoved ? this.#removal(change) : this.#state(change)),
    );
  }

  /** Events, until the batch is full. */
  eventsOf(rows: readonly Row[]): readonly Numbered[] {
    return this.#untilFull(
      rows,
      (row) => Number(row['seq']),
      (row) => this.write('events', row),
    );
  }

  #untilFull<T>(
    list: readonly T[],
    numberOf: (one: T) => number,
    read: (one: T) => readonly Change[],
  ): readonly Numbered[] {
    const all: Numbered[] = [];
    for (const one of list) {
      if (this.isFull) break;
      this.#lastRead = numberOf(one);
      all.push(...numbered(this.#lastRead, read(one)));
    }
    return all;
  }

  /** The row with what is shared of it; nothing when nothing is. */
  write(table: string, row: Row): readonly Change[] {
    const sharing = SHARINGS.get(table);
    const shape = this.#parts.shapes.get(table);
    if (sharing === undefined || shape === undefined) return [];
    const groups = this.#groupsOf(sharing, row);
    if (groups === undefined) return [];
    const { salt } = this.#parts;
    const told = selectFields(row, { shape, sharing, groups, salt });
    for (const value of Object.values(told))
      if (typeof value === 'string') this.#letters += value.length;
    return [{ into: shape.definition, row: told }];
  }

  #state({ table, key }: ChangedRow): readonly Change[] {
    const sharing = SHARINGS.get(table);
    if (sharing === undefined) return [];
    const row = rowOfKey(this.#database, sharing.into, key);
    return row === undefined ? [] : this.write(table, row); // gone since: another change says so
  }

  /**
   * Also of a row that was never sent: to remove nothing harms nothing. Where a part of the key may
   * have been sent as a hash, both go.
   */
  #removal({ table, key }: ChangedRow): readonly Change[] {
    const [shape, sharing] = [this.#parts.shapes.get(table), SHARINGS.get(table)];
    if (shape === undefined || sharing === undefined) return [];
    const from = shape.definition;
    const told = Object.fromEntries(from.key.map((name, index) => [name, key[index] ?? null]));
    const hashed = hashedKey(told, sharing, this.#parts.salt);
    return [{ from, key: told }, ...(hashed === undefined ? [] : [{ from, key: hashed }])];
  }

  #groupsOf({ session, pattern }: Sharing, row: Row): ReadonlySet<FieldGroup> | undefined {
    if (session !== undefined) return this.#groupsOfSession(stringField(row, session));
    if (pattern === undefined) return groupsFor(this.#parts.rules, undefined);
    const sessions = sessionsOfPattern(this.#database, stringField(row, pattern) ?? '');
    const shared = sessions.map((id) => this.#groupsOfSession(id)).find((one) => one !== undefined);
    return shared ?? groupsFor(this.#parts.rules, undefined);
  }

  #groupsOfSession(id: string | undefined): ReadonlySet<FieldGroup> | undefined {
    const name = id ?? '';
    if (this.#groups.has(name)) return this.#groups.get(name);
    const place = id === undefined ? undefined : placeOfSession(this.#database, id);
    const groups = groupsFor(this.#parts.rules, place);
    this.#groups.set(name, groups);
    return groups;
  }
}

function nameOf({ table, key, isRemoved }: ChangedRow): string {
  return `${table} ${isRemoved ? 1 : 0} ${JSON.stringify(key)}`;
}
