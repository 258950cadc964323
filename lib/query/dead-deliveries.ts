import type { DeliveryKey } from '../delivery/table.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, rowsOf } from './builder.ts';
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

/** Every dead delivery, the one that died first at the head. */
export async function readDeadDeliveries(database: Database): Promise<readonly DeadDelivery[]> {
  const query = queryBuilder()
    .selectFrom('deliveries as d')
    .leftJoin('events as e', 'e.id', 'd.event_id')
    .select(['d.event_id', 'd.subscription', 'd.attempts', 'd.ended_at', 'd.last_error'])
    .select(['d.output', 'e.type', 'e.envelope'])
    .where('d.state', '=', 'dead')
    .orderBy('d.ended_at')
    .orderBy('d.event_id')
    .orderBy('d.subscription');
  return (await rowsOf(database, query)).map(deliveryOf);
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
