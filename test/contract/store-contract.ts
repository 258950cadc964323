import {
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database, OpenDatabase } from '../../lib/store/database.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { schemaVersion } from '../../lib/store/schema-version.ts';
import { openStore, openStoreForReading } from '../../lib/store/open-store.ts';
import { StoreFault, type StoreFaultKind } from '../../lib/store/store-fault.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { takeLead } from '../../lib/store/leader-lock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testEvent } from '../support/test-event.ts';

/** What every SQLite driver must do, in the same way. */
export function storeContract(name: string, open: OpenDatabase): void {
  const fresh = (): Database => opened(open(`${tempFolder()}/test.db`));

  describe(`values on ${name}`, () => {
    it('names its driver', () => {
      expect(['libsql', 'node:sqlite']).toContain(fresh().driver);
    });

    it.each([
      ['a text', 'Grüße, 世界 🚀'],
      ['an empty text', ''],
      ['a text of 100 kB', 'x'.repeat(100_000)],
      ['an integer of milliseconds', 1_789_000_000_123],
      ['a fraction', 0.25],
      ['a negative number', -7],
      ['nothing', null],
    ])('gives back %s as it was stored', (_what, value) => {
      const database = fresh();
      database.exec('CREATE TABLE t (v)');
      database.prepare('INSERT INTO t VALUES (?)').run(value);
      expect(database.prepare('SELECT v FROM t').get()).toEqual({ v: value });
    });

    it('keeps whole numbers whole in an INTEGER column', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (v INTEGER)');
      database.prepare('INSERT INTO t VALUES (?)').run(42);
      expect(database.prepare('SELECT v, typeof(v) AS kind FROM t').get()).toEqual({
        v: 42,
        kind: 'integer',
      });
    });

    it('keeps the text after a NUL character', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (v TEXT)');
      database.prepare('INSERT INTO t VALUES (?)').run('before\0after');
      expect(database.prepare('SELECT v FROM t').get()?.['v']).toMatch(/^before[\0\uFFFD]after$/);
    });

    it('reads an integer beyond 2^53 as the nearest number, and small ones exactly after it', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (v INTEGER)');
      database.prepare('INSERT INTO t VALUES (?)').run(1e18);
      const read = database.prepare('SELECT v FROM t');
      expect(read.get()).toEqual({ v: 1e18 });
      expect(read.all()).toEqual([{ v: 1e18 }]);
      database.exec('UPDATE t SET v = 5');
      expect(read.get()).toEqual({ v: 5 });
    });

    it('gives undefined for no row, and an empty list for no rows', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (v)');
      expect(database.prepare('SELECT v FROM t').get()).toBeUndefined();
      expect(database.prepare('SELECT v FROM t').all()).toEqual([]);
    });

    it('binds numbered parameters by their number, each as often as it occurs', () => {
      expect(fresh().prepare('SELECT ?2 AS b, ?1 AS a, ?2 AS c').get('one', 'two')).toEqual({
        b: 'two',
        a: 'one',
        c: 'two',
      });
    });

    it('has the JSON functions', () => {
      const row = fresh()
        .prepare(
          `SELECT json_extract('{"a":{"b":3}}', '$.a.b') AS b, json_set(json_object('x', 1), '$.y', 'z') AS made`,
        )
        .get();
      expect(row).toEqual({ b: 3, made: '{"x":1,"y":"z"}' });
    });
  });

  describe(`changes on ${name}`, () => {
    it('counts the rows that a statement changed, and none for a conflict that does nothing', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER)');
      const insert = database.prepare('INSERT INTO t VALUES (?, 1) ON CONFLICT DO NOTHING');
      expect([insert.run('a').changes, insert.run('a').changes]).toEqual([1, 0]);
    });

    it('updates on conflict with the excluded row', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER)');
      const upsert = database.prepare(
        'INSERT INTO t VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET n = max(n, excluded.n)',
      );
      for (const n of [3, 9, 5]) upsert.run('a', n);
      expect(database.prepare('SELECT n FROM t').all()).toEqual([{ n: 9 }]);
    });

    it('prepares a text once', () => {
      const database = fresh();
      expect(database.prepare('SELECT 1 AS one')).toBe(database.prepare('SELECT 1 AS one'));
    });

    it('reports a wrong statement as an error of the statement, not of the store', () => {
      const database = fresh();
      expect(thrownBy(() => database.prepare('SELEKT 1').get())).not.toBeInstanceOf(StoreFault);
      database.exec('CREATE TABLE t (id PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (1)');
      expect(
        thrownBy(() => database.prepare('INSERT INTO t VALUES (?)').run(1)),
      ).not.toBeInstanceOf(StoreFault);
      const malformed = thrownBy(() => database.prepare("SELECT json_set('{no', '$.a', 1)").get());
      expect(malformed).toBeInstanceOf(Error);
      expect(malformed, 'malformed JSON is no malformed database').not.toBeInstanceOf(StoreFault);
    });
  });

  describe(`transactions on ${name}`, () => {
    it('keeps nothing of a transaction that throws', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (v)');
      const attempt = (): void =>
        inTransaction(database, () => {
          database.exec('INSERT INTO t VALUES (1)');
          throw new Error('stop');
        });
      expect(attempt).toThrow('stop');
      expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
    });

    it('undoes a savepoint and keeps what surrounds it', () => {
      const database = fresh();
      database.exec('CREATE TABLE t (v)');
      inTransaction(database, () => {
        database.exec(
          "INSERT INTO t VALUES ('kept'); SAVEPOINT one; INSERT INTO t VALUES ('undone'); ROLLBACK TO one; RELEASE one",
        );
      });
      expect(database.prepare('SELECT v FROM t').all()).toEqual([{ v: 'kept' }]);
    });

    it('holds no read lock after it read the first of several rows', () => {
      const path = `${tempFolder()}/test.db`;
      const reader = opened(open(path));
      reader.exec(
        'PRAGMA journal_mode = WAL; CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3)',
      );
      expect(reader.prepare('SELECT v FROM t').get()).toEqual({ v: 1 });
      const other = opened(open(path));
      other.exec('INSERT INTO t VALUES (4)');
      expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
    });

    it('may be closed twice', () => {
      const database = open(`${tempFolder()}/test.db`);
      database.close();
      expect(() => database.close()).not.toThrow();
    });

    it('frees its locks when it is closed, cached statements or not', () => {
      const path = `${tempFolder()}/test.db`;
      const first = open(path);
      first.exec('CREATE TABLE t (v)');
      first.prepare('SELECT v FROM t').all();
      first.exec('BEGIN EXCLUSIVE');
      first.close();
      const second = opened(open(path));
      expect(() => second.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE; COMMIT')).not.toThrow();
    });
  });

  describe(`faults of the store on ${name}`, () => {
    it.each(['exec', 'run', 'get', 'all'] as const)(
      'says BUSY when another connection holds the lock (%s)',
      (way) => {
        const path = `${tempFolder()}/test.db`;
        const holder = opened(open(path));
        holder.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (v)');
        const other = opened(open(path));
        other.exec('PRAGMA busy_timeout = 0');
        holder.exec('BEGIN IMMEDIATE');
        const sql = 'INSERT INTO t VALUES (1) RETURNING v';
        const actions = {
          exec: () => other.exec('BEGIN IMMEDIATE'),
          run: () => other.prepare('INSERT INTO t VALUES (1)').run(),
          get: () => other.prepare(sql).get(),
          all: () => other.prepare(sql).all(),
        };
        expect(faultOf(actions[way])).toBe('BUSY');
      },
    );

    it('says NOTADB for a file that is none', () => {
      const path = `${tempFolder()}/test.db`;
      writeFileSync(path, 'These are no pages at all. '.repeat(400));
      expect(faultOf(() => openStore(path, open))).toBe('NOTADB');
    });

    it('says CORRUPT for a database whose pages were overwritten', () => {
      const path = `${tempFolder()}/test.db`;
      const store = openStore(path, open);
      const apply = eventApplier(store, EFFECTS, () => 1);
      apply(Array.from({ length: 200 }, (_, n) => testEvent({ event_id: `e${n}` })));
      store.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      store.close();
      overwritePages(path);
      expect(faultOf(() => readEverything(opened(openStore(path, open))))).toBe('CORRUPT');
    });

    it('says CANTOPEN where no file can be made', () => {
      const folder = tempFolder();
      mkdirSync(`${folder}/is-a-folder`);
      expect(faultOf(() => openStore(`${folder}/is-a-folder`, open))).toBe('CANTOPEN');
      expect(faultOf(() => openStore(`${folder}/no/such/folder/test.db`, open))).toBe('CANTOPEN');
      expect(faultOf(() => open(`${folder}/none.db`, { readOnly: true }))).toBe('CANTOPEN');
    });

    it('says FULL when no page is left, and the transaction is gone', () => {
      const database = opened(openStore(`${tempFolder()}/test.db`, open));
      const pages = database.prepare('PRAGMA page_count').get()?.['page_count'];
      database.exec(`PRAGMA max_page_count = ${pages}`);
      const apply = eventApplier(database, EFFECTS, () => 1);
      const events = Array.from({ length: 50 }, (_, n) =>
        testEvent({ event_id: `e${n}`, payload: { text: 'x'.repeat(5_000) } }),
      );
      expect(faultOf(() => apply(events))).toBe('FULL');
      expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
      database.exec('PRAGMA max_page_count = 100000');
      expect(apply(events).every(({ state }) => state === 'applied')).toBe(true);
    });

    it('says READONLY to a write through a reading connection, which reads all the same', () => {
      const path = `${tempFolder()}/test.db`;
      openStore(path, open).close();
      const reader = openStoreForReading(path, open);
      if (reader === undefined) throw new Error('no store');
      opened(reader);
      expect(reader.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
      expect(faultOf(() => reader.exec('DELETE FROM events'))).toBe('READONLY');
    });
  });

  describe(`the store on ${name}`, () => {
    it('is made with mode 0600, write-ahead log and full synchronisation', () => {
      const path = `${tempFolder()}/test.db`;
      const store = opened(openStore(path, open));
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(store.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
      expect(store.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    });

    it('is migrated from version 0, and left alone when it is opened again', () => {
      const path = `${tempFolder()}/test.db`;
      writeFileSync(path, '');
      const first = openStore(path, open);
      expect(schemaVersion(first)).toBeGreaterThan(0);
      const schema = tablesOf(first);
      first.close();
      expect(tablesOf(opened(openStore(path, open)))).toEqual(schema);
    });

    it('refuses a store of a later version and does not touch it', () => {
      const path = `${tempFolder()}/test.db`;
      const later = open(path);
      later.exec('PRAGMA user_version = 999');
      later.close();
      expect(thrownBy(() => openStore(path, open))).toMatchObject({ code: 'STORE_TOO_NEW' });
      const again = opened(open(path));
      expect(tablesOf(again)).toEqual([]);
    });

    it('leaves no half schema when a migration fails', () => {
      const path = `${tempFolder()}/test.db`;
      const other = open(path);
      other.exec('CREATE TABLE tombstones (surprise)');
      other.close();
      expect(() => openStore(path, open)).toThrow('tombstones');
      const again = opened(open(path));
      expect(tablesOf(again)).toEqual(['tombstones']);
      expect(schemaVersion(again)).toBe(0);
    });

    it('can be opened twice at once, and each sees what the other committed', () => {
      const path = `${tempFolder()}/test.db`;
      const one = opened(openStore(path, open));
      const two = opened(openStore(path, open));
      expect(eventApplier(one, EFFECTS, () => 1)([testEvent({ event_id: 'a' })])).toEqual([
        { state: 'applied' },
      ]);
      expect(
        eventApplier(
          two,
          EFFECTS,
          () => 1,
        )([testEvent({ event_id: 'a' }), testEvent({ event_id: 'b' })]),
      ).toEqual([{ state: 'known' }, { state: 'applied' }]);
      expect(one.prepare('SELECT id FROM events ORDER BY id').all()).toEqual([
        { id: 'a' },
        { id: 'b' },
      ]);
    });

    it('is absent for readers until it is made', () => {
      expect(openStoreForReading(`${tempFolder()}/test.db`, open)).toBeUndefined();
    });

    it('has one leader at a time, and the next as soon as the first lets go', () => {
      const path = `${tempFolder()}/worker.lock`;
      const first = takeLead(path, open);
      expect(first).toBeDefined();
      expect(takeLead(path, open)).toBeUndefined();
      first?.release();
      const second = takeLead(path, open);
      expect(second).toBeDefined();
      second?.release();
    });
  });
}

function opened(database: Database): Database {
  onTestFinished(() => database.close());
  return database;
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function faultOf(action: () => unknown): StoreFaultKind | undefined {
  const thrown = thrownBy(action);
  return thrown instanceof StoreFault ? thrown.kind : undefined;
}

/** Everything but the first page, which holds the header and the schema. */
function overwritePages(path: string): void {
  const size = readFileSync(path).length;
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(size - 4_096, 0x5a), 0, size - 4_096, 4_096);
  closeSync(fd);
}

function readEverything(database: Database): void {
  for (const table of ['events', 'sessions', 'session_log'])
    database.prepare(`SELECT * FROM ${table}`).all();
}

function tablesOf(database: Database): readonly unknown[] {
  return database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all()
    .map((row) => row['name']);
}
