import type { FileKind } from '../core/file-keeper.ts';
import type { RowKind } from '../store/keeper.ts';
import { eventStays } from '../store/retention.ts';
import { subscriptionsWith } from './delivery-store.ts';

/** The latest that is too many, of those whose event stays. */
const LATEST_BEYOND = `SELECT due_at AS last FROM deliveries WHERE ${eventStays('deliveries.event_id')}
  AND subscription = ?3 AND state = ?4 ORDER BY due_at DESC LIMIT 1 OFFSET ?5`;

/**
 * Deliveries whose event goes; and of those that are done or discarded all but the latest of each
 * subscription.
 * @param keep How many of each.
 */
export function deliveryRows(keep: number): RowKind {
  return {
    name: 'deliveries',
    tables: ['deliveries'],
    deletions: (database, { before, written }) => {
      const latest = database.prepare(LATEST_BEYOND);
      const surplus = ['done', 'discarded'].flatMap((state) =>
        subscriptionsWith(database, [state]).flatMap((name) => {
          const { last } = latest.get(before, written, name, state, keep) ?? {};
          return typeof last === 'number' ? [[name, state, last]] : [];
        }),
      );
      const where = [
        `(state <> 'running' AND NOT ${eventStays('deliveries.event_id')})`,
        ...surplus.map((_, index) => {
          const [name, state, last] = [3 * index + 3, 3 * index + 4, 3 * index + 5];
          return `(subscription = ?${name} AND state = ?${state} AND due_at <= ?${last})`;
        }),
      ];
      const values = [before, written, ...surplus.flat()];
      return [{ table: 'deliveries', where: where.join(' OR '), values, at: 'due_at' }];
    },
  };
}

/** Events at work with a handler, removed when it ends; and what modules of handlers export. */
export const deliveryFiles: FileKind = {
  name: 'delivery',
  owns: /^(?:delivering\/|views\/handlers\.json)/,
  folder: '',
};
