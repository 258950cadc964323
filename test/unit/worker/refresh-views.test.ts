import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { dueRefreshes, requestRefresh } from '../../../lib/store/refreshes.ts';
import { type Refresher, viewRefresher } from '../../../lib/worker/refresh-views.ts';
import { mayGoOn } from '../../../lib/worker/turn.ts';
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
    paces: { resume: 5_000, brief: 1_000 },
    isLeader: () => true,
    goOn: () => Promise.resolve(made.length < stopAfter),
    log: log.log,
  });
  const request = (kind: string, ...keys: string[]): void => requestRefresh(database, kind, keys);
  const left = (): readonly string[] => dueRefreshes(database, 999).map(({ key }) => key);
  return { ...time, database, made, turn, request, left, log };
}

describe('viewRefresher', () => {
  it('makes what was asked for and forgets the request', async () => {
    const { request, turn, made, left } = setUp();
    request('context', 'a', 'b');
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['a', 'b']);
    expect(left()).toEqual([]);
  });

  it('makes in the same turn what its runs asked for', async () => {
    const { request, turn, made, left } = setUp({
      refreshers: { failure: (store, key) => requestRefresh(store, 'context', [`of ${key}`]) },
    });
    request('failure', 'npm');
    expect(await turn()).toBeUndefined();
    expect(made).toEqual(['of npm']);
    expect(left()).toEqual([]);
  });

  it('wants the next turn at once when there is more than one turn may make', async () => {
    const { request, turn, made } = setUp();
    request('context', ...Array.from({ length: 65 }, (_, index) => `s${index}`));
    expect(await turn()).toBe(0);
    expect(made).toHaveLength(64);
    expect(await turn()).toBeUndefined();
    expect(made).toHaveLength(65);
  });

  it('makes a paced kind again when its pace has passed, and says when', async () => {
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

  it('makes what another process asked for while this one waited', async () => {
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

  it('does not look at the requests again while none was made', async () => {
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

  it('answers a signal between two long runs, and leaves the other runs', async () => {
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
      goOn: mayGoOn(time.clock, () => isStopping),
      log: memoryLog().log,
    });
    setImmediate(() => {
      isStopping = true;
    });
    await turn();
    expect(runs).toBeLessThan(5); // without a look at the event loop the turn makes all ten
    expect(dueRefreshes(database, 99)).toHaveLength(keys.length - runs);
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

  it('makes a paced kind at once, and once, when a request cannot wait', async () => {
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

  it('leaves what is left when the worker is to stop', async () => {
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
