import { describe, expect, it } from 'vitest';
import { insertMany, type InsertShape } from '../../../lib/store/insert-many.ts';
import { testStore } from '../../support/test-store.ts';

const WORDS: InsertShape = { table: 'words', columns: ['id', 'text'] };
const ALLOWED: InsertShape = {
  ...WORDS,
  unless: "EXISTS (SELECT 1 FROM tombstones WHERE id = column1 AND fate = 'expired')",
};

function words() {
  const database = testStore();
  database.exec('CREATE TABLE words (id TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID');
  const ids = (): unknown[] =>
    database
      .prepare('SELECT id FROM words ORDER BY id')
      .all()
      .map(({ id }) => id);
  return { database, ids };
}

const rowsOf = (count: number, from = 100): [string, string][] =>
  Array.from({ length: count }, (_, n) => [`w${from + n}`, 'text']);

describe('insertMany', () => {
  it.each([0, 1, 3, 64, 65, 90, 256])('inserts %i new rows and names them', (count) => {
    const { database, ids } = words();
    const rows = rowsOf(count);
    expect([...insertMany(database, WORDS, rows)]).toEqual(rows.map(([id]) => id));
    expect(ids()).toEqual(rows.map(([id]) => id));
  });

  it('names only what was new, wherever the known ones are', () => {
    const { database, ids } = words();
    insertMany(database, WORDS, [...rowsOf(1), ...rowsOf(1, 170), ...rowsOf(1, 189)]);
    const rows = rowsOf(90);
    const fresh = rows.map(([id]) => id).filter((id) => !['w100', 'w170', 'w189'].includes(id));
    expect([...insertMany(database, WORDS, rows)].sort()).toEqual(fresh);
    expect(ids()).toHaveLength(90);
  });

  it('inserts a repeated key once', () => {
    const { database, ids } = words();
    expect([...insertMany(database, WORDS, [...rowsOf(2), ...rowsOf(2)])].sort()).toEqual([
      'w100',
      'w101',
    ]);
    expect(ids()).toEqual(['w100', 'w101']);
  });

  it('skips the rows that a condition excludes, and no others', () => {
    const { database, ids } = words();
    database
      .prepare("INSERT INTO tombstones VALUES ('w101', 'expired', 1), ('w102', 'discarded', 1)")
      .run();
    expect([...insertMany(database, ALLOWED, rowsOf(4))].sort()).toEqual(['w100', 'w102', 'w103']);
    expect([...insertMany(database, ALLOWED, rowsOf(1, 101))]).toEqual([]);
    expect(ids()).toEqual(['w100', 'w102', 'w103']);
  });

  it('throws for a row that no table takes', () => {
    const { database } = words();
    expect(() =>
      insertMany(database, WORDS, [
        ['w1', 'text'],
        ['w2', null],
      ]),
    ).toThrow(/NOT NULL/);
  });
});
