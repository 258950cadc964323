import type { DeliveryKey } from '../delivery/decisions.ts';
import type { Database, Row } from '../store/database.ts';
import { isoOf, numberOf, textOf } from './row.ts';

/** A delivery that was given up. */
export interface DeadDelivery extends DeliveryKey {
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  /** ISO time of the last attempt. */
  readonly at: string | null;
  readonly output: string | null;
  /** The event as it was stored; `null` when the store has forgotten it. */
  readonly envelope: string | null;
}

const DEAD = `SELECT d.event_id, d.subscription, d.attempts, d.ended_at, d.last_error, d.output, e.type, e.envelope
  FROM deliveries AS d LEFT JOIN events AS e ON e.id = d.event_id WHERE d.state = 'dead' ORDER BY d.ended_at, d.event_id, d.subscription`;

/** Every dead delivery, the one that died first at the head. */
export function readDeadDeliveries(database: Database): readonly DeadDelivery[] {
  return database.prepare(DEAD).all().map(deliveryOf);
}

function deliveryOf(row: Row): DeadDelivery {
  return {
    event_id: textOf(row, 'event_id') ?? '',
    subscription: textOf(row, 'subscription') ?? '',
    type: textOf(row, 'type') ?? 'unknown',
    reason: textOf(row, 'last_error') ?? 'nothing was said',
    attempts: numberOf(row, 'attempts') ?? 0,
    at: isoOf(row, 'ended_at'),
    output: textOf(row, 'output'),
    envelope: textOf(row, 'envelope'),
  };
}
