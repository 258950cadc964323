import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import type { Statement } from '../../lib/store/database.ts';
import type { BenchHome } from './bench-home.ts';
import type { Bench } from './benchmark.ts';
import { blockMs, monotonicMs } from './clock.ts';

/** How often the store is asked: the least that a latency can be told apart by. */
const LOOK_EVERY_MS = 0.1;

const PATIENCE_MS = 10_000;

/** Sees commits as any other program sees them: by a connection of its own. */
export interface CommitWatch {
  /**
   * Blocks until the event is stored. @returns the moment, on the monotonic clock. @throws after
   * ten seconds.
   */
  whenStored(id: string): number;
}

export function openCommitWatch(bench: Bench, home: BenchHome): CommitWatch {
  const store = openStoreForReading(home.folder.store, sqliteDriver());
  if (store === undefined) throw new Error('There is no store yet');
  bench.onEnd(() => store.close());
  const statement: Statement = store.prepare('SELECT 1 AS n FROM events WHERE id = ?');
  return {
    whenStored(id) {
      const deadline = monotonicMs() + PATIENCE_MS;
      while (statement.get(id) === undefined) {
        if (monotonicMs() > deadline)
          throw new Error(`${id} was not stored within ${PATIENCE_MS} ms`);
        blockMs(LOOK_EVERY_MS);
      }
      return monotonicMs();
    },
  };
}
