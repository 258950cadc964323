import { DAY_MS } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import { parseJsonObject, objectField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { runQuery } from './builder.ts';
import { summarizeEvent } from './event-summary.ts';
import { type EventFilter, selectEvents } from './events.ts';
import { type EventHead, lastSeq } from './new-events.ts';
import { isOfTeam } from './store-view.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';

/** An event as a list shows it. */
export interface ListedEvent extends EventHead {
  /** What it is about, in a few words. */
  readonly summary: string;
}

/** A part of all events, the latest stored first. */
export interface EventsPart {
  readonly events: readonly ListedEvent[];
  /** Continue with events before this number; `null` when there are none. */
  readonly before: number | null;
  /** How many events searched. */
  readonly searched: number;
}

/** Most events that one call looks at: a rare type in millions must not hold up the page. */
const MAX_SEARCHED = 100_000;

/**
 * Finds the latest events that fit, among the 100,000 before a number, or in the day before it
 * of a team; `before` of the answer says
 * where to search on.
 * @param before Left out: from the latest on.
 */
export async function findEvents(
  database: Database,
  { limit, ...filter }: EventFilter,
  before?: number,
): Promise<EventsPart> {
  const end = before ?? (await lastSeq(database)) + 1;
  const isTeam = isOfTeam(database);
  const start = Math.max(1, end - (isTeam ? DAY_MS : MAX_SEARCHED));
  const query = selectEvents(filter)
    .select(['seq', 'id', 'type', 'at', 'source', 'session_id', 'correlation_id', 'envelope'])
    .where('seq', '<', end)
    .where('seq', '>=', start)
    .orderBy('seq', 'desc')
    .limit(limit);
  const found = await runQuery(database, query);
  const oldest = found.length < limit ? undefined : found.at(-1);
  const last = oldest === undefined ? undefined : (readNumberColumn(oldest, 'seq') ?? 0);
  // the number of an event of a team is its time: those of the last moment are not all here
  const whole = isTeam ? found.filter(({ seq }) => seq !== last) : found;
  const isCut = whole.length > 0 && whole.length < found.length;
  const rows = isCut ? whole : found;
  const next = last === undefined ? start : isCut ? last + 1 : last;
  return {
    events: rows.map((row) => ({
      seq: readNumberColumn(row, 'seq') ?? 0,
      id: readTextColumn(row, 'id') ?? '',
      type: readTextColumn(row, 'type') ?? '',
      at: readIsoColumn(row, 'at'),
      source: readTextColumn(row, 'source') ?? '',
      session: readTextColumn(row, 'session_id'),
      correlation: readTextColumn(row, 'correlation_id'),
      summary: summarizeEvent(payloadOf(readTextColumn(row, 'envelope'))),
    })),
    before: next > 1 ? next : null,
    searched: isTeam ? rows.length : end - next,
  };
}

function payloadOf(envelope: string | null): JsonObject {
  return objectField(parseJsonObject(envelope ?? '') ?? {}, 'payload');
}
