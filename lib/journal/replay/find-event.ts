import { parseEnvelope } from '../../events/envelope-schema.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { parseJsonObject } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { findArchived } from '../archive/find-archived.ts';
import { envelopeOf } from '../table.ts';
import type { OnDamage } from '../read-blocks.ts';

/** Finds an event by id in the store, else in the archive; `undefined` if neither has it. */
export function findEvent(
  database: Database | undefined,
  archive: string,
  id: string,
  onDamage?: OnDamage,
): EventEnvelope | undefined {
  const envelope = database === undefined ? undefined : envelopeOf(database, id);
  const stored = envelope === undefined ? undefined : parseEnvelope(parseJsonObject(envelope));
  return stored?.ok === true ? stored.event : findArchived(archive, id, onDamage);
}
