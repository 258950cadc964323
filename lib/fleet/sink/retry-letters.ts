import { reasonOf } from '../../core/errors.ts';
import { applyHostsToPostgres, type Shapes } from '../../store/postgres/postgres-sink.ts';
import { inPostgresTransaction, type PostgresSession } from '../../store/postgres/session.ts';
import type { SharedTable, TableShape } from '../../store/postgres/table-shape.ts';
import type { Change } from '../../store/sink.ts';
import { checkedChange, EntryFault, readEntry } from '../redis/feed-entry.ts';
import { faultKindOf } from '../redis/redis-fault.ts';
import type { FeedLetter } from './dead-feed.ts';

/** What became of a dead letter. */
export interface RetriedLetter {
  readonly id: string;
  /** Why it stays; `undefined` when it was applied. */
  readonly reason: string | undefined;
}

/**
 * Applies a dead letter, in a transaction of its own. A letter is old: where the machine has sent a
 * row again since, columns that every write replaces stay as they are.
 * @throws a fault of the connection.
 */
export async function retryLetter(
  postgres: PostgresSession,
  tables: readonly SharedTable[],
  letter: FeedLetter,
): Promise<RetriedLetter> {
  const shapes: Shapes = new Map(
    tables.map(({ shape }) => [shape.definition.table, withoutReplaced(shape)]),
  );
  return { id: letter.id, reason: await retry(postgres, shapes, letter) };
}

function withoutReplaced(shape: TableShape): TableShape {
  const { once = [], replaced = [] } = shape.definition;
  return {
    ...shape,
    definition: { ...shape.definition, once: [...once, ...replaced], replaced: [] },
  };
}

async function retry(
  postgres: PostgresSession,
  shapes: Shapes,
  letter: FeedLetter,
): Promise<string | undefined> {
  try {
    const { host, changes } = readLetter(letter, shapes);
    await inPostgresTransaction(postgres, () =>
      applyHostsToPostgres(postgres, shapes, [{ host, changes }]),
    );
    return undefined;
  } catch (error) {
    const kind = faultKindOf(error);
    if (kind !== undefined && kind !== 'refused') throw error;
    return reasonOf(error);
  }
}

function readLetter(
  { host, change, fields }: FeedLetter,
  shapes: Shapes,
): { readonly host: string; readonly changes: readonly Change[] } {
  if (change !== undefined) return { host, changes: [checkedChange(change, shapes)] };
  const entry = readEntry(fields, shapes);
  if (entry.fault !== undefined) throw new EntryFault(entry.fault);
  return entry;
}
