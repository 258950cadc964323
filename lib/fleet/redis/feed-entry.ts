import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { errnoOf } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../../core/json.ts';
import type { Row, SqlValue } from '../../store/database.ts';
import type { HostEntry, HostMeta } from '../../store/postgres/apply-entries.ts';
import type { AppliedUpTo } from '../../store/postgres/hosts.ts';
import type { Shapes } from '../../store/postgres/postgres-sink.ts';
import { POSTGRES_VERSION } from '../../store/schema-version.ts';
import { type TableShape, toldColumns } from '../../store/postgres/table-shape.ts';
import type { Change } from '../../store/sink.ts';
import type { FleetBatch } from '../read-batch.ts';
import { type Reply, textOf } from './connect-redis.ts';
import { MAX_ENTRY_TEXT } from './feed-keys.ts';
import { RedisFault } from './redis-fault.ts';

/** How an entry is written. A worker puts entries of a later form aside. */
const FORM = 1;

/** Smaller texts are not compressed: it would not make them smaller. */
const MIN_DEFLATED = 512;

/** Most changes of an entry, and most sessions that it forgets. A machine sends 1,500 at most. */
const MAX_CHANGES = 4_000;

const TOO_LARGE = `it has more than ${MAX_ENTRY_TEXT.toLocaleString('en')} letters`;

/** What all entries of one connection of a machine have. */
export interface EntryHead extends HostMeta {
  /** Where its feed began. */
  readonly start: AppliedUpTo;
  /** Names this attempt to send; what is missing is sent again under another name. */
  readonly round: string;
}

/** An entry of the stream, without what Redis knows of it. */
export interface FeedEntry extends HostEntry {
  readonly round: string;
  /** Why its changes cannot be read; it has none then. */
  readonly fault: string | undefined;
  /** Letters of its data, not compressed. */
  readonly size: number;
}

/** An entry of which not even the head can be read. */
export class EntryFault extends Error {}

/**
 * The fields of an entry for XADD. @param now The clock of this machine.
 * @throws {@link RedisFault} when it is larger than workers take.
 */
export function entryFields(
  head: EntryHead,
  batch: FleetBatch,
  now: number,
): ReadonlyArray<string | Buffer> {
  const { host, name, person, version, feed, start, round } = head;
  const { from, upTo, eventsUpTo } = batch;
  const meta = {
    ...{ form: FORM, schema: POSTGRES_VERSION, host, name, person, version, feed, round, at: now },
    start: [start.change, start.event],
    from: [from.change, from.event],
    upTo: [upTo, eventsUpTo],
  };
  const changes = batch.changes.map((change, index) =>
    'from' in change
      ? [batch.numbers[index], change.from.table, change.key, 1]
      : [batch.numbers[index], change.into.table, change.row],
  );
  const { eventsAt, forgotten } = batch;
  const data = JSON.stringify({ changes, eventsAt, forgotten });
  if (Buffer.byteLength(data) > MAX_ENTRY_TEXT)
    throw new RedisFault('refused', TOO_LARGE, undefined);
  return data.length < MIN_DEFLATED
    ? ['meta', JSON.stringify(meta), 'data', data]
    : ['meta', JSON.stringify(meta), 'deflated', deflateRawSync(data, { level: 1 })];
}

/** The fields of an entry that asks to delete all that its machine has sent. */
export function leaveFields(head: EntryHead, now: number): readonly string[] {
  const { host, name, person, version, feed, round } = head;
  const nowhere = { start: [0, 0], from: [0, 0], upTo: [0, 0] };
  const meta = { host, name, person, version, feed, round, ...nowhere };
  const written = { form: FORM, schema: POSTGRES_VERSION, leave: 1, at: now, ...meta };
  return ['meta', JSON.stringify(written), 'data', '{"changes":[],"eventsAt":0,"forgotten":[]}'];
}

/**
 * Reads an entry. It comes from another machine: nothing in it is believed.
 * @param fault Why only its head is read.
 * @throws {@link EntryFault}
 */
export function readEntry(
  fields: ReadonlyMap<string, Reply>,
  shapes: Shapes,
  fault?: string,
): FeedEntry {
  const meta = objectOf(textOf(fields.get('meta')), 'its head');
  return {
    host: required(meta, 'host'),
    name: optional(meta, 'name') ?? '',
    person: optional(meta, 'person') ?? null,
    version: optional(meta, 'version') ?? '',
    feed: required(meta, 'feed'),
    round: optional(meta, 'round') ?? '',
    sentAt: wholeNumber(meta['at']),
    start: position(meta['start']),
    from: position(meta['from']),
    upTo: position(meta['upTo']),
    isLeaving: meta['leave'] === 1,
    ...(fault === undefined ? readData(meta, fields, shapes) : { ...NO_DATA, fault }),
  };
}

type Data = Pick<FeedEntry, 'changes' | 'numbers' | 'eventsAt' | 'forgotten' | 'fault' | 'size'>;

const NO_DATA = { changes: [], numbers: [], eventsAt: 0, forgotten: [], size: 0 };

/** What the head says holds also where the data cannot be read: its place must not be a gap. */
function readData(meta: JsonObject, fields: ReadonlyMap<string, Reply>, shapes: Shapes): Data {
  try {
    if (meta['form'] !== FORM || Number(meta['schema']) > POSTGRES_VERSION)
      throw new EntryFault('it was written by a later version of waymark');
    const text = dataOf(fields);
    const data = objectOf(text, 'its data');
    const listed = boundedList(data['changes'], 'changes') ?? fail('it has no changes');
    const read = listed.map((one) => readChange(one, shapes));
    return {
      changes: read.map(({ change }) => change),
      numbers: read.map(({ number }) => number),
      eventsAt: wholeNumber(data['eventsAt']),
      forgotten: texts(boundedList(data['forgotten'], 'forgotten sessions')),
      fault: undefined,
      size: text.length,
    };
  } catch (error) {
    if (error instanceof EntryFault) return { ...NO_DATA, fault: error.message };
    throw error;
  }
}

function dataOf(fields: ReadonlyMap<string, Reply>): string {
  const deflated = fields.get('deflated');
  if (!Buffer.isBuffer(deflated)) return textOf(fields.get('data'));
  try {
    return inflateRawSync(deflated, { maxOutputLength: MAX_ENTRY_TEXT }).toString('utf8');
  } catch (error) {
    const isLarge = errnoOf(error) === 'ERR_BUFFER_TOO_LARGE';
    return fail(isLarge ? `decompressed, ${TOO_LARGE}` : 'its data cannot be decompressed');
  }
}

function boundedList(value: unknown, what: string): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length <= MAX_CHANGES) return value;
  return fail(`it has more than ${MAX_CHANGES.toLocaleString('en')} ${what}`);
}

function readChange(
  given: unknown,
  shapes: Shapes,
): { readonly number: number; readonly change: Change } {
  if (!Array.isArray(given)) return fail('a change is not a list');
  const [number, table, row, removed]: readonly unknown[] = given;
  const change = checkedChange({ table: String(table), row, isRemoval: removed === 1 }, shapes);
  return { number: wholeNumber(number), change };
}

/** A change of a shared table. @throws {@link EntryFault} when it is none. */
export function checkedChange(
  {
    table,
    row,
    isRemoval,
  }: { readonly table: string; readonly row: unknown; readonly isRemoval: boolean },
  shapes: Shapes,
): Change {
  const shape = shapes.get(table);
  if (shape === undefined) return fail(`it names the unknown table ${table.slice(0, 60)}`);
  const values = readRow(row, shape);
  return isRemoval
    ? { from: shape.definition, key: values }
    : { into: shape.definition, row: values };
}

const known = new WeakMap<TableShape, ReadonlySet<string>>();

function readRow(row: unknown, shape: TableShape): Row {
  if (!isJsonObject(row)) return fail('a row is not an object');
  const columns = known.get(shape) ?? new Set(toldColumns(shape).map(({ name }) => name));
  known.set(shape, columns);
  const { table, key } = shape.definition;
  const values: Record<string, SqlValue> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!columns.has(name)) return fail(`${table} has no column ${name.slice(0, 60)}`);
    if (value !== null && typeof value !== 'string' && typeof value !== 'number')
      return fail(`${table}.${name} has a value that no column can hold`);
    values[name] = value;
  }
  if (key.some((name) => values[name] === undefined || values[name] === null))
    return fail(`a row of ${table} has no key`);
  return values;
}

function objectOf(text: string, what: string): JsonObject {
  return parseJsonObject(text) ?? fail(`${what} cannot be read`);
}

const MAX_NAME = 400;

function optional(meta: JsonObject, name: string): string | undefined {
  const value = meta[name];
  return typeof value === 'string' ? value.slice(0, MAX_NAME) : undefined;
}

function required(meta: JsonObject, name: string): string {
  const value = optional(meta, name) ?? '';
  return value === '' || value.includes('\0') ? fail(`it has no ${name}`) : value;
}

function position(value: unknown): AppliedUpTo {
  if (!Array.isArray(value)) return fail('it has no position');
  return { change: wholeNumber(value[0]), event: wholeNumber(value[1]) };
}

function wholeNumber(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : fail('a number is not valid');
}

function texts(value: readonly unknown[] = []): readonly string[] {
  return value.filter((one) => typeof one === 'string');
}

function fail(reason: string): never {
  throw new EntryFault(reason);
}
