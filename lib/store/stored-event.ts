import type { EventEnvelope } from '../events/envelope.ts';
import { objectField, parseJsonObject, stringField } from '../core/json.ts';
import type { Database } from './database.ts';

/**
 * An applied event, with the fields from which others derive something; `undefined` if it has
 * expired.
 */
export type StoredEvent = Pick<
  EventEnvelope,
  'event_id' | 'event_type' | 'timestamp' | 'payload'
> & { readonly correlation_id?: string };

export function storedEvent(database: Database, id: string): StoredEvent | undefined {
  const row = database.prepare('SELECT envelope FROM events WHERE id = ?').get(id);
  const envelope = parseJsonObject(stringField(row ?? {}, 'envelope') ?? '');
  if (envelope === undefined) return undefined;
  const correlation = stringField(envelope, 'correlation_id');
  return {
    event_id: id,
    event_type: stringField(envelope, 'event_type') ?? '',
    timestamp: stringField(envelope, 'timestamp') ?? '',
    payload: objectField(envelope, 'payload'),
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
  };
}
