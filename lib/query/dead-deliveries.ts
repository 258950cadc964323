import type { DeliveryKey } from '../delivery/table.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';

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
  return (await runQuery(database, query)).map(deliveryOf);
}

function deliveryOf(row: Row): DeadDelivery {
  return {
    event_id: readTextColumn(row, 'event_id') ?? '',
    subscription: readTextColumn(row, 'subscription') ?? '',
    type: readTextColumn(row, 'type') ?? 'unknown',
    reason: readTextColumn(row, 'last_error') ?? 'no reason given',
    attempts: readNumberColumn(row, 'attempts') ?? 0,
    at: readIsoColumn(row, 'ended_at'),
    output: readTextColumn(row, 'output'),
    envelope: readTextColumn(row, 'envelope'),
  };
}
