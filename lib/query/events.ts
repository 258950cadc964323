import { sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import { parseJsonObject, type JsonObject } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { archiveFolder } from '../journal/archive/archive-files.ts';
import type { OnDamage } from '../journal/read-blocks.ts';
import { findEvent } from '../journal/replay/find-event.ts';
import type { Database } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { findEventId } from './find-event-id.ts';
import { findSession, type Scope } from './find-session.ts';
import { queryStore, viewStore } from './store-view.ts';

export interface EventFilter {
  readonly limit: number;
  /** Patterns with `*` and `?`. */
  readonly type?: string;
  readonly source?: string;
  readonly session?: string;
  readonly correlation?: string;
  readonly priority?: string;
  /** Milliseconds since the epoch; both included. */
  readonly since?: number;
  readonly until?: number;
  /** Also replays of events that are stored; left out: each event once. */
  readonly replays?: boolean;
}

/**
 * What `ask` finds among the events that fit a filter, whose session may be the beginning of an id,
 * or `last`, the latest of `scope`; nothing while there is no store.
 * @throws {@link WaymarkError} NOT_FOUND or USAGE for the session, STORE_UNAVAILABLE,
 * STORE_CORRUPT.
 */
export function queryEvents<T>(
  folder: StateFolder,
  filter: EventFilter,
  scope: Scope,
  ask: (database: Database, filter: EventFilter) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  return queryStore<readonly T[]>(folder, [], async (database) => {
    const { session } = filter;
    if (session === undefined) return ask(database, filter);
    return ask(database, { ...filter, session: await findSession(database, session, scope) });
  });
}

/**
 * The event of this id, or the beginning of one, from the store or else, by its whole id, from the
 * archive.
 * @throws {@link WaymarkError} NOT_FOUND when neither has it, USAGE when several begin so.
 */
export async function readEvent(
  folder: StateFolder,
  id: string,
  onDamage: OnDamage,
): Promise<EventEnvelope> {
  const { database } = await viewStore(folder);
  try {
    const whole = await findEventId(database, id);
    const event = findEvent(database, archiveFolder(folder), whole, onDamage);
    if (event !== undefined) return event;
  } finally {
    database?.close();
  }
  throw new WaymarkError('NOT_FOUND', `Cannot find event ${id}: neither store nor archive has it`, {
    remedy: '`waymark events --json` shows ids.',
  });
}

/**
 * The latest events that fit, as they were sent, newest last. Those that carry no correlation id or
 * metadata show `null`.
 */
export async function listEvents(
  database: Database,
  filter: EventFilter,
): Promise<readonly JsonObject[]> {
  const query = selectEvents(filter)
    .select('envelope')
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc')
    .limit(filter.limit);
  const rows = await runQuery(database, query);
  return rows.toReversed().map((row) => ({
    correlation_id: null,
    metadata: null,
    ...parseJsonObject(String(row['envelope'])),
  }));
}

/** Those of these events that are stored, as they were sent, in the order of the ids. */
export async function readEvents(
  database: Database,
  ids: readonly string[],
): Promise<readonly JsonObject[]> {
  const query = queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('events as e', 'e.id', 'wanted.value')
    .select('e.envelope')
    .orderBy('wanted.key');
  const rows = await runQuery(database, query);
  return rows.flatMap((row) => {
    const event = parseJsonObject(String(row['envelope']));
    return event === undefined ? [] : [event];
  });
}

/** A replay counts only where its original is not stored, and then the first one. */
const IS_NO_COPY = sql<boolean>`(events.copy_of IS NULL OR NOT EXISTS (
  SELECT 1 FROM events AS o WHERE o.id = events.copy_of
    OR (o.copy_of = events.copy_of AND o.seq < events.seq)))`;

/** What a filter leaves of the events, before anything is selected of them. */
export function selectEvents(filter: Omit<EventFilter, 'limit'>) {
  const { type, source, session, correlation, priority, since, until, replays } = filter;
  return queryBuilder()
    .selectFrom('events')
    .where((eb) =>
      eb.and([
        ...(replays === true ? [] : [IS_NO_COPY]),
        ...(type === undefined ? [] : [sql<boolean>`type GLOB ${type}`]),
        ...(source === undefined ? [] : [sql<boolean>`source GLOB ${source}`]),
        ...(session === undefined ? [] : [eb('session_id', '=', session)]),
        ...(correlation === undefined ? [] : [eb('correlation_id', '=', correlation)]),
        ...(priority === undefined
          ? []
          : [sql<boolean>`json_extract(envelope, '$.metadata.priority') = ${priority}`]),
        ...(since === undefined ? [] : [eb('at', '>=', since)]),
        ...(until === undefined ? [] : [eb('at', '<=', until)]),
      ]),
    );
}
