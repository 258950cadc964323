import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OpenDatabase, Row } from '../../lib/store/database.ts';
import {
  applyWrites,
  type Change,
  type Removal,
  type TableDefinition,
  type Write,
} from '../../lib/store/sink.ts';

const THINGS: TableDefinition = {
  table: 'things',
  key: ['id'],
  once: ['made_by'],
  least: ['began_at'],
  greatest: ['ended_at'],
  latest: [['at', 'place', 'room']],
  earliest: [['first_at', 'first_place']],
  replaced: ['offset'],
};

/** A set: its members are its keys. */
const TAGS: TableDefinition = { table: 'tags', key: ['thing', 'tag'] };

const NOTHING_TOLD = {
  made_by: null,
  began_at: null,
  ended_at: null,
  at: null,
  place: null,
  room: null,
  first_at: null,
  first_place: null,
  offset: null,
};

function told(row: Write['row']): Write {
  return { into: THINGS, row: { id: 'a', ...row } };
}

function tag(name: string): Write {
  return { into: TAGS, row: { thing: 'a', tag: name } };
}

const REMOVED: Removal = { from: THINGS, key: { id: 'a' } };

/** A store with the two tables, empty. */
export interface SinkUnderTest {
  readonly apply: (changes: readonly Change[]) => void | Promise<void>;
  /** Rows of a table, by their keys. */
  readonly rowsOf: (table: 'things' | 'tags') => Promise<readonly Row[]>;
}

export const SINK_TABLES = { things: THINGS, tags: TAGS };

export const CREATE_SINK_TABLES = `
  CREATE TABLE things (id TEXT PRIMARY KEY, made_by TEXT, began_at INTEGER, ended_at INTEGER,
    at INTEGER, place TEXT, room INTEGER, first_at INTEGER, first_place TEXT, offset INTEGER) WITHOUT ROWID;
  CREATE TABLE tags (thing TEXT, tag TEXT, PRIMARY KEY (thing, tag)) WITHOUT ROWID`;

/** The sink of a SQLite driver. */
export function sqliteSink(open: OpenDatabase): () => Promise<SinkUnderTest> {
  return async () => {
    const database = open(':memory:');
    onTestFinished(() => database.close());
    database.exec(CREATE_SINK_TABLES);
    return {
      apply: (changes) => applyWrites(database, changes),
      rowsOf: async (table) =>
        database.prepare(`SELECT * FROM ${table} ORDER BY ${SINK_TABLES[table].key.join()}`).all(),
    };
  };
}

/** What every database must do with writes, in the same way. */
export function sinkContract(
  name: string,
  fresh: () => Promise<SinkUnderTest>,
  numRuns = 200,
): void {
  async function rowAfter(changes: readonly Change[]): Promise<Row | undefined> {
    const sink = await fresh();
    await sink.apply(changes);
    return stored(sink);
  }

  async function rowAfterEach(changes: readonly Change[]): Promise<Row | undefined> {
    const sink = await fresh();
    for (const change of changes) await sink.apply([change]);
    return stored(sink);
  }

  async function stored(sink: SinkUnderTest): Promise<Row | undefined> {
    return (await sink.rowsOf('things')).find(({ id }) => id === 'a');
  }

  describe(`writes on ${name}`, () => {
    it.each([
      ['the least stays', [{ began_at: 5 }, { began_at: 3 }, { began_at: 4 }], { began_at: 3 }],
      ['the greatest stays', [{ ended_at: 5 }, { ended_at: 7 }, { ended_at: 6 }], { ended_at: 7 }],
      ['NULL is no least', [{ began_at: 5 }, { began_at: null }], { began_at: 5 }],
      [
        'NULL is no greatest',
        [{ ended_at: null }, { ended_at: 5 }, { ended_at: null }],
        { ended_at: 5 },
      ],
      ['what was inserted once stays', [{ made_by: 'x' }, { made_by: 'y' }], { made_by: 'x' }],
      [
        'an earlier account changes nothing',
        [
          { at: 2, place: 'b', room: 1 },
          { at: 1, place: 'z', room: 9 },
        ],
        { at: 2, place: 'b', room: 1 },
      ],
      [
        'a later account replaces the whole, with what it says there is none of',
        [
          { at: 1, place: 'b', room: 1 },
          { at: 2, place: null, room: 3 },
        ],
        { at: 2, place: null, room: 3 },
      ],
      [
        'of two at one time the greater stays, by the first column that differs',
        [
          { at: 1, place: 'b', room: 1 },
          { at: 1, place: 'b', room: 2 },
          { at: 1, place: 'a', room: 9 },
          { at: 1, place: null, room: 9 },
        ],
        { at: 1, place: 'b', room: 2 },
      ],
      [
        'a later account of what there is none of wins over an earlier one of something, and loses to a later one',
        [
          { at: 2, place: null, room: null },
          { at: 1, place: 'b', room: 1 },
          { at: 3, place: 'c', room: null },
        ],
        { at: 3, place: 'c', room: null },
      ],
      [
        'texts are ordered by their bytes, not by units of UTF-16',
        [
          { at: 1, place: '\u{1F600}', room: 1 },
          { at: 1, place: '\u{FF01}', room: 2 },
        ],
        { at: 1, place: '\u{1F600}', room: 1 },
      ],
      [
        'the earliest account stays, and of two at one time the lesser',
        [
          { first_at: 5, first_place: 'b' },
          { first_at: 3, first_place: 'z' },
          { first_at: 3, first_place: 'c' },
          { first_at: 4, first_place: 'a' },
        ],
        { first_at: 3, first_place: 'c' },
      ],
      [
        'the earliest account may say that there was none',
        [
          { first_at: 5, first_place: 'b' },
          { first_at: 3, first_place: null },
        ],
        { first_at: 3, first_place: null },
      ],
      ['what is replaced is what was written last', [{ offset: 9 }, { offset: 3 }], { offset: 3 }],
      [
        'what is replaced can become nothing',
        [{ offset: 9 }, { offset: null }, {}],
        { offset: null },
      ],
    ])('%s', async (_what, rows, expected) => {
      const row = { id: 'a', ...NOTHING_TOLD, ...expected };
      expect(await rowAfter(rows.map(told))).toEqual(row);
      expect(await rowAfterEach(rows.map(told))).toEqual(row);
    });

    it('keeps each member of a set once', async () => {
      const sink = await fresh();
      await sink.apply([tag('x'), tag('y'), tag('x')]);
      await sink.apply([tag('y'), tag('z')]);
      const names = (await sink.rowsOf('tags')).map((row) => row['tag']);
      expect(names).toEqual(['x', 'y', 'z']);
    });

    it('removes a row by its key, with what the same batch wrote before, and makes it anew after', async () => {
      const sink = await fresh();
      await sink.apply([told({ ended_at: 7 }), REMOVED, told({ ended_at: 3 })]);
      expect(await stored(sink)).toMatchObject({ ended_at: 3 });
      await sink.apply([told({ ended_at: 9 }), REMOVED]);
      expect(await stored(sink)).toBeUndefined();
      await sink.apply([REMOVED]);
      expect(await stored(sink)).toBeUndefined();
    });

    it('removes the member that is named, and no other', async () => {
      const sink = await fresh();
      await sink.apply([tag('x'), tag('y')]);
      await sink.apply([{ from: TAGS, key: { thing: 'a', tag: 'x' } }]);
      expect(await sink.rowsOf('tags')).toEqual([{ thing: 'a', tag: 'y' }]);
    });

    it('merges many rows at once as it merges them one by one', async () => {
      const rows = Array.from({ length: 200 }, (_, n) => ({
        id: `t${n % 90}`,
        began_at: (n * 7) % 50,
        ...(n % 3 === 0 ? { at: n % 11, place: `p${n % 7}`, room: null } : {}),
        ...(n % 2 === 0 ? { made_by: `m${n % 90}` } : {}),
      })).map((row): Write => ({ into: THINGS, row }));
      const together = await fresh();
      await together.apply(rows);
      const all = await together.rowsOf('things');
      expect(all).toHaveLength(90);
      const apart = await fresh();
      for (const row of rows) await apart.apply([row]);
      expect(await apart.rowsOf('things')).toEqual(all);
    });

    it('leaves alone what a later write does not tell', async () => {
      const whole = { made_by: 'x', began_at: 1, ended_at: 2, at: 3, place: 'p', room: 4 };
      expect(await rowAfter([told(whole), told({}), told({ ended_at: 9 })])).toEqual({
        id: 'a',
        ...NOTHING_TOLD,
        ...whole,
        ended_at: 9,
      });
    });

    it('ends up the same in any order', async () => {
      const small = fc.option(fc.nat({ max: 3 }));
      const account = fc.record({
        at: fc.nat({ max: 2 }),
        place: fc.option(fc.constantFrom('', 'p', 'q')),
        room: small,
      });
      const first = fc.record({
        first_at: fc.nat({ max: 2 }),
        first_place: fc.option(fc.constantFrom('p', 'q')),
      });
      const alone = fc.record({ began_at: small, ended_at: small }, { requiredKeys: [] });
      const rows = fc.array(fc.oneof(account, first, alone), { minLength: 2, maxLength: 6 });
      const orders = rows.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      );
      await fc.assert(
        fc.asyncProperty(orders, async ([one, other]) => {
          const row = await rowAfter(one.map(told));
          expect(await rowAfter(other.map(told))).toEqual(row);
          expect(await rowAfterEach(other.map(told))).toEqual(row);
        }),
        { numRuns },
      );
    });

    it.each([
      ['a part of a tuple', { at: 1, place: 'p' }, 'Cannot write things: room must be set, too'],
      [
        'a first account without a time',
        { first_at: null, first_place: 'p' },
        'Cannot write things: first_at must not be NULL',
      ],
      ['half of a first account', { first_at: 1 }, 'first_place must be set, too'],
      ['a column that the table does not have', { mood: 1 }, 'Cannot write things: it has no mood'],
    ])('refuses %s', async (_what, row, message) => {
      const { apply } = await fresh();
      await expect((async () => apply([told(row)]))()).rejects.toThrow(message);
    });

    it('refuses a row without its key', async () => {
      const { apply } = await fresh();
      const write = { into: THINGS, row: { began_at: 1 } };
      await expect((async () => apply([write]))()).rejects.toThrow('id must be set, too');
      const removal = { from: TAGS, key: { thing: 'a' } };
      await expect((async () => apply([removal]))()).rejects.toThrow('tag must be set, too');
    });
  });
}
