import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../../../../lib/retention/keepers.ts';
import { StoreFault } from '../../../../lib/store/store-fault.ts';
import { cleanUpTask } from '../../../../lib/worker/tasks/clean-up.ts';
import { testHome } from '../../../support/test-home.ts';
import { testStore } from '../../../support/test-store.ts';

const NOW = 1_790_000_000_000;
const FAR = 10_000;

interface Own {
  /** The question, counted from 1, that is answered with no. */
  readonly stopsAt?: number;
  readonly once?: boolean;
  readonly failure?: Error;
}

function setUp({ stopsAt = FAR, once = false, failure }: Own = {}) {
  const { folder } = testHome();
  const database = testStore();
  database
    .prepare(
      "INSERT INTO session_log (id, session_id, at, kind, detail) VALUES ('1', 's', 1, 'x', '')",
    )
    .run();
  let asked = 0;
  const logged: string[] = [];
  const faults: string[] = [];
  const clean = cleanUpTask({
    folder,
    config: { values: { ...NO_LIMITS, retention: 1, transcriptsKeep: 1 } },
    clock: () => NOW,
    log: (level, code) => void logged.push(`${level} ${code}`),
    storeConnection: { get: () => database, report: ({ kind }) => void faults.push(kind) },
    journal: {
      writtenUpTo: () => {
        if (failure !== undefined) throw failure;
        return Number.MAX_SAFE_INTEGER;
      },
    },
    canScan: async () => {
      await turn();
      asked += 1;
      return asked < stopsAt;
    },
    once,
  });
  const rows = (): unknown => database.prepare('SELECT count(*) AS n FROM session_log').get();
  const noted = (): unknown => database.prepare('SELECT name, value FROM metrics').all();
  return { clean, rows, noted, asked: () => asked, logged, faults };
}

describe('cleaning', () => {
  it('does not block the loop, unless the worker is to end afterwards', async () => {
    expect(setUp().clean()).toBeUndefined();
    const { clean, rows, noted } = setUp({ once: true });
    await clean();
    expect(rows()).toEqual({ n: 0 });
    expect(noted()).toEqual([{ name: 'cleaned/sessions', value: 1 }]);
  });

  it('lets others run between two slices', async () => {
    const { clean, rows, asked } = setUp({ once: true });
    await clean();
    expect(rows()).toEqual({ n: 0 });
    expect(asked()).toBeGreaterThan(20);
  });

  it('stops between two slices when the worker stops, and deletes nothing', async () => {
    const { clean, rows, asked } = setUp({ once: true, stopsAt: 5 });
    await clean();
    expect(asked()).toBe(5);
    expect(rows()).toEqual({ n: 1 });
  });

  it('starts once, however often it is due in the meantime', async () => {
    const { clean, asked } = setUp({ once: true });
    const running = clean();
    expect(clean()).toBeUndefined();
    await running;
    const first = asked();
    await clean();
    expect(asked()).toBe(2 * first);
  });

  it('only warns of a store that is out, which has an alert of its own', async () => {
    const out = setUp({ once: true, failure: new StoreFault('BUSY', 'database is locked') });
    await out.clean();
    expect([out.logged, out.faults]).toEqual([['warn TASK_FAILED'], ['BUSY']]);
    const broken = setUp({ once: true, failure: new Error('no') });
    await broken.clean();
    expect([broken.logged, broken.faults]).toEqual([['error TASK_FAILED'], []]);
  });
});
