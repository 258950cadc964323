import type { FileKind } from '../core/file-keeper.ts';
import type { RowKind } from '../store/keeper.ts';
import { eventKeptSql } from '../store/retention.ts';
import { latestBeyond } from './table.ts';

/**
 * Rows of deliveries: deleted with their event. Of done and discarded ones, only the latest of each
 * subscription are kept.
 * @param keep How many of each.
 */
export function deliveryRows(keep: number): RowKind {
  return {
    name: 'deliveries',
    tables: ['deliveries'],
    deletions: (database, { before, written }) => {
      const surplus = latestBeyond(database, ['done', 'discarded'], keep, { before, written });
      const where = [
        `(state <> 'running' AND NOT ${eventKeptSql('deliveries.event_id')})`,
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

/** Event files of running handlers, deleted at their end; and the cache of what modules export. */
export const deliveryFiles: FileKind = {
  name: 'delivery',
  owns: /^(?:delivering\/|views\/handlers\.json)/,
  folder: '',
};
