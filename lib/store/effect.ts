import type { EventEnvelope } from '../core/envelope.ts';
import type { Database } from './database.ts';

/**
 * What an event does to the store, inside the transaction that also records its id.
 * Effects must not depend on the order of events: greater time wins, sets grow, rows are keyed.
 */
export type Effect = (database: Database, event: EventEnvelope) => void;

/** Effects by event type, `*` for every type (those run first). Several features may act on one type. */
export type EffectTable = Readonly<Record<string, Effect>>;
