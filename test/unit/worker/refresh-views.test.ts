import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { listDueRefreshes, requestRefresh } from '../../../lib/store/refreshes.ts';
import { type Refresher, viewRefresher } from '../../../lib/worker/refresh-views.ts';
import { makeCanContinue } from '../../../lib/worker/step.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';

interface Own {
  readonly refreshers?: Readonly<Record<string, Refresher>>;
  readonly stopAfter?: number;
  readonly database?: Database;
}

function setUp({
  refreshers = {},
  stopAfter = Number.POSITIVE_INFINITY,
  database = testStore(),
}: Own = {}) {
  const time = fakeClock();
  const made: string[] = [];
  const log = memoryLog();
  const note: Refresher = (_database, key) => void made.push(key);
  const turn = viewRefresher({
    clock: time.clock,
    database: () => database,
    refreshers: { resume: note, context: note, brief: note, ...refreshers },
    paces: { resume: { ms: 5_000, crowdedMs: 15_000 }, brief: { ms: 1_000 } },
    isLeader: () => true,
    canContinue: () => Promise.resolve(made.length < stopAfter),
    log: log.log,
  });
  const request = (kind: string, ...keys: string[]): void => requestRefresh(database, kind, keys);
  const left = (): readonly string[] => listDueRefreshes(database, 999).map(({ key }) => key);
  return { ...time, database, made, turn, request, left, log };
}

describe('viewRefresher', () => {
  it('does what was requested and deletes the request', async () => {
    const { request, turn, made, left } = setUp();
    request('context', 'a', 'b');
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['a', 'b']);
    expect(left()).toEqual([]);
  });

  it('does in the same step what its runs requested', async () => {
    const { request, turn, made, left } = setUp({
      refreshers: { failure: (store, key) => requestRefresh(store, 'context', [`of ${key}`]) },
    });
    request('failure', 'npm');
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['of npm']);
    expect(left()).toEqual([]);
  });

  it('wants the next step at once if there is more than one step may do', async () => {
    const { request, turn, made } = setUp();
    request('context', ...Array.from({ length: 65 }, (_, index) => `s${index}`));
    expect(await turn()).toBe(0);
    expect(made).toHaveLength(64);
    expect(await turn()).toBeUndefined();
    expect(made).toHaveLength(65);
  });

  it('refreshes a paced kind after its pace, and says when', async () => {
    const { request, turn, made, advance } = setUp();
    request('resume', 'a');
    await turn();
    advance(2_000);
    request('resume', 'a');
    request('resume', 'b');
    expect(await turn()).toBe(3_000);
    expect(made).toEqual(['a', 'b']);
    advance(3_000);
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['a', 'b', 'a']);
  });

  it('does what another process requested while this one waited', async () => {
    const path = `${tempFolder()}/waymark.db`;
    const [own, other] = [openStore(path, sqliteDriver()), openStore(path, sqliteDriver())];
    onTestFinished(() => {
      own.close();
      other.close();
    });
    const { turn, made } = setUp({ database: own });
    expect(await turn()).toBeUndefined();
    requestRefresh(other, 'context', ['a']);
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['a']);
  });

  it('does not read the requests again if there was none', async () => {
    const store = testStore();
    const asked: string[] = [];
    const database = {
      ...store,
      prepare: (sql: string) => {
        asked.push(sql);
        return store.prepare(sql);
      },
    };
    const { turn, request, advance } = setUp({ database });
    request('resume', 'a');
    await turn();
    request('resume', 'a');
    expect(await turn()).toBe(5_000);
    const isLook = (sql: string): boolean => sql.includes('FROM refreshes ORDER BY');
    const looks = asked.filter(isLook).length;
    advance(2_000);
    expect(await turn()).toBe(3_000);
    expect(asked.filter(isLook)).toHaveLength(looks);
  });

  it('handles a signal between two long runs, and leaves the other runs', async () => {
    const time = fakeClock();
    let isStopping = false;
    let runs = 0;
    const long: Refresher = () => {
      runs += 1;
      time.advance(30);
    };
    const database = testStore();
    const keys = Array.from({ length: 10 }, (_, index) => `s${index}`);
    requestRefresh(database, 'long', keys);
    const turn = viewRefresher({
      clock: time.clock,
      database: () => database,
      refreshers: { long },
      paces: {},
      isLeader: () => true,
      canContinue: makeCanContinue(time.clock, () => isStopping),
      log: memoryLog().log,
    });
    setImmediate(() => {
      isStopping = true;
    });
    await turn();
    expect(runs).toBeLessThan(5); // without a look at the event loop the turn makes all ten
    expect(listDueRefreshes(database, 99)).toHaveLength(keys.length - runs);
  });

  it('keeps the pace of each kind apart', async () => {
    const { request, turn, made, advance } = setUp();
    request('resume', 'a');
    await turn();
    advance(2_000);
    request('brief', 'b');
    await turn();
    request('resume', 'a');
    expect(await turn()).toBe(3_000);
    expect(made).toEqual(['a', 'b']);
  });

  it.each([
    [3, 5],
    [6, 10],
    [40, 15],
    [1, 5],
  ])(
    'lets %i sessions at work share the runs of three: one is made again after %i s',
    async (count, seconds) => {
      const { request, turn, made, advance } = setUp();
      const others = Array.from({ length: count - 1 }, (_, index) => `s${index}`);
      request('resume', 'a', ...others);
      await turn();
      let passed = 0;
      for (; made.filter((key) => key === 'a').length < 2; passed += 1) {
        advance(1_000);
        request('resume', 'a');
        await turn();
      }
      expect(passed).toBe(seconds);
    },
  );

  it('refreshes what waits at the usual pace once nothing more is requested', async () => {
    const { request, turn, made, advance } = setUp();
    const keys = Array.from({ length: 40 }, (_, index) => `s${index}`);
    request('resume', ...keys);
    await turn();
    advance(4_000);
    request('resume', 's0');
    expect(await turn()).toBe(3_000);
    advance(3_000);
    expect(await turn()).toBeUndefined();
    expect(made).toHaveLength(41);
  });

  it('refreshes a paced kind at once, and once, for an urgent request', async () => {
    const { request, turn, made, left } = setUp();
    request('resume', 'a');
    await turn();
    request('resume', 'a');
    request('resume-now', 'a');
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['a', 'a']);
    expect(left()).toEqual([]);
  });

  it('does not wait for a clock that stepped back', async () => {
    const { request, turn, made, advance } = setUp();
    request('resume', 'a');
    await turn();
    advance(-60_000);
    request('resume', 'a');
    await turn();
    expect(made).toEqual(['a', 'a']);
  });

  it('leaves the rest when the worker is to stop', async () => {
    const { request, turn, made, left } = setUp({ stopAfter: 2 });
    request('context', 'a', 'b', 'c');
    await turn();
    expect(made).toEqual(['a', 'b']);
    expect(left()).toEqual(['c']);
  });

  it('logs and drops a run that fails', async () => {
    const { request, turn, left, log } = setUp({
      refreshers: {
        context: () => {
          throw new Error('no');
        },
      },
    });
    request('context', 'a');
    await turn();
    expect(log.codes()).toEqual(['VIEW_FAILED']);
    expect(left()).toEqual([]);
  });
});
