import { describe, expect, it } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { type ReaderPoolOptions, readerPool } from '../../../lib/store/reader-pool.ts';
import { StoreFault } from '../../../lib/store/store-fault.ts';

function connections() {
  const log: string[] = [];
  let count = 0;
  const open = (): Database => {
    count += 1;
    const name = `c${count}`;
    log.push(`open ${name}`);
    const answer = (sql: string) => {
      if (sql === 'gone') throw new StoreFault('CANTOPEN', new Error('gone'));
      if (sql === 'wrong') throw new Error('wrong');
      log.push(`${name} ${sql}`);
      return [];
    };
    return {
      driver: 'PostgreSQL',
      exec: answer,
      ask: async (sql) => answer(sql),
      prepare: (sql) => ({
        run: () => ({ changes: answer(sql).length }),
        get: () => answer(sql)[0],
        all: () => answer(sql),
      }),
      close: () => void log.push(`close ${name}`),
    };
  };
  return { log, open };
}

/** A pool whose `take` always finds something to open. */
function poolOf(open: () => Database, options: ReaderPoolOptions = {}) {
  const pool = readerPool(open, options);
  const take = (): Database => {
    const database = pool.take();
    if (database === undefined) throw new Error('nothing to open');
    return database;
  };
  return { ...pool, take };
}

describe('a pool of connections for readers', () => {
  it('gives one that was given back to the next reader', async () => {
    const { log, open } = connections();
    const pool = poolOf(open);
    const first = pool.take();
    await first.ask?.('a', []);
    first.close();
    first.close();
    const [second, third] = [pool.take(), pool.take()];
    second.prepare('b').all();
    third.exec('c');
    pool.close();
    expect(log).toEqual(['open c1', 'c1 a', 'open c2', 'c1 b', 'c2 c', 'close c1', 'close c2']);
  });

  it('opens no more than so many, and lets readers share them', () => {
    const { log, open } = connections();
    const pool = poolOf(open, { most: 2 });
    const taken = [pool.take(), pool.take(), pool.take(), pool.take()];
    for (const [index, one] of taken.entries()) one.exec(String(index));
    expect(log).toEqual(['open c1', 'open c2', 'c1 0', 'c2 1', 'c1 2', 'c2 3']);
  });

  it.each(['ask', 'prepare'] as const)(
    'closes one whose server is gone once nobody has it, not one that was asked wrongly: %s',
    async (how) => {
      const { log, open } = connections();
      const pool = poolOf(open, { most: 1 });
      const [one, other] = [pool.take(), pool.take()];
      const ask = async (database: Database, sql: string): Promise<unknown> =>
        how === 'ask' ? database.ask?.(sql, []) : database.prepare(sql).get();
      await expect(ask(one, 'wrong')).rejects.toThrow('wrong');
      await expect(ask(one, 'gone')).rejects.toThrow('gone');
      one.close();
      expect(log).toEqual(['open c1']);
      other.close();
      pool.take().exec('x');
      expect(log).toEqual(['open c1', 'close c1', 'open c2', 'c2 x']);
    },
  );

  it('opens anew when another file has the place, and closes the earlier one once nobody has it', () => {
    const { log, open } = connections();
    let file = 'one';
    const pool = poolOf(open, { identify: () => file });
    const first = pool.take();
    file = 'two';
    pool.take().exec('a');
    expect(log).toEqual(['open c1', 'open c2', 'c2 a']);
    first.close();
    pool.take().exec('b');
    expect(log).toEqual(['open c1', 'open c2', 'c2 a', 'close c1', 'open c3', 'c3 b']);
  });

  it('has nothing where there is nothing to open, and looks again the next time', () => {
    const { open } = connections();
    let isThere = false;
    const pool = readerPool(() => (isThere ? open() : undefined));
    expect(pool.take()).toBeUndefined();
    isThere = true;
    expect(pool.take()).toBeDefined();
  });
});
