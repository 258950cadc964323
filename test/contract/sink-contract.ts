import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database, OpenDatabase, Row } from '../../lib/store/database.ts';
import { applyWrites, type TableDefinition, type Write } from '../../lib/store/sink.ts';

const THINGS: TableDefinition = {
  table: 'things',
  key: ['id'],
  once: ['made_by'],
  least: ['began_at'],
  greatest: ['ended_at'],
  latest: [['at', 'place', 'room']],
};

const NOTHING_TOLD = {
  made_by: null,
  began_at: null,
  ended_at: null,
  at: null,
  place: null,
  room: null,
};

function told(row: Write['row']): Write {
  return { into: THINGS, row: { id: 'a', ...row } };
}

/** What every SQLite driver must do with writes, in the same way. */
export function sinkContract(name: string, open: OpenDatabase): void {
  function fresh(): Database {
    const database = open(':memory:');
    onTestFinished(() => database.close());
    database.exec(
      `CREATE TABLE things (id TEXT PRIMARY KEY, made_by TEXT, began_at INTEGER, ended_at INTEGER,
       at INTEGER, place TEXT, room INTEGER) WITHOUT ROWID`,
    );
    return database;
  }

  function rowAfter(database: Database, writes: readonly Write[]): Row | undefined {
    applyWrites(database, writes);
    return database.prepare("SELECT * FROM things WHERE id = 'a'").get();
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
    ])('%s', (_what, rows, expected) => {
      expect(rowAfter(fresh(), rows.map(told))).toEqual({ id: 'a', ...NOTHING_TOLD, ...expected });
    });

    it('leaves alone what a later write does not tell', () => {
      const whole = { made_by: 'x', began_at: 1, ended_at: 2, at: 3, place: 'p', room: 4 };
      expect(rowAfter(fresh(), [told(whole), told({}), told({ ended_at: 9 })])).toEqual({
        id: 'a',
        ...whole,
        ended_at: 9,
      });
    });

    it('ends up the same in any order', () => {
      const small = fc.option(fc.nat({ max: 3 }));
      const account = fc.record({
        at: fc.nat({ max: 2 }),
        place: fc.option(fc.constantFrom('', 'p', 'q')),
        room: small,
      });
      const alone = fc.record({ began_at: small, ended_at: small }, { requiredKeys: [] });
      const rows = fc.array(fc.oneof(account, alone), { minLength: 2, maxLength: 6 });
      const orders = rows.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      );
      fc.assert(
        fc.property(orders, ([one, other]) => {
          expect(rowAfter(fresh(), other.map(told))).toEqual(rowAfter(fresh(), one.map(told)));
        }),
        { numRuns: 200 },
      );
    });

    it.each([
      ['a part of a tuple', { at: 1, place: 'p' }, 'Cannot write things: room must be told, too'],
      ['a column that the table does not have', { mood: 1 }, 'Cannot write things: it has no mood'],
    ])('refuses %s', (_what, row, message) => {
      expect(() => applyWrites(fresh(), [told(row)])).toThrow(message);
    });

    it('refuses a row without its key', () => {
      const write = { into: THINGS, row: { began_at: 1 } };
      expect(() => applyWrites(fresh(), [write])).toThrow('id must be told, too');
    });
  });
}
