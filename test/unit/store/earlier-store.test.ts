import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { onTestFinished, describe, expect, it } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { findEarlierStore } from '../../../lib/store/earlier-store.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** The tables of a store from before schema 1 that are read once more. */
const EARLIER = `
CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL);
CREATE TABLE tombstones (id TEXT PRIMARY KEY, fate TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE sessions (id TEXT PRIMARY KEY, project TEXT, worktree TEXT, repository TEXT, transcript_path TEXT, identity_at INTEGER,
  model TEXT, model_at INTEGER, started_at INTEGER, last_started_at INTEGER, ended_at INTEGER, end_reason TEXT,
  first_event_at INTEGER NOT NULL, last_event_at INTEGER NOT NULL);
CREATE TABLE event_files (path TEXT PRIMARY KEY, sink TEXT, inode TEXT, length INTEGER, day TEXT);
INSERT INTO events VALUES (1, 'evt_1', 5);
INSERT INTO tombstones VALUES ('evt_0', 'discarded', 4);
INSERT INTO sessions VALUES ('s1', '/p', '/p', '/p/.git', '/c/projects/p/s1.jsonl', 5, 'm', 5, 3, 3, NULL, NULL, 3, 5);
INSERT INTO event_files VALUES ('log/session-events.jsonl', 'log', '7', 100, '2026-01-01');
PRAGMA user_version = 10;`;

function earlierIn(folder: string, sql = EARLIER): string {
  const path = `${folder}/waymark.db`;
  const database = sqliteDriver()(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(sql);
  database.close();
  return path;
}

function opened(path: string): Database {
  const database = openStore(path, sqliteDriver(), 'FULL', () => undefined);
  onTestFinished(() => database.close());
  return database;
}

describe('openStore, on a store from before schema 1', () => {
  it('moves it to waymark.db.before-1 completely, and starts a new one', () => {
    const path = earlierIn(tempFolder());
    expect(findEarlierStore(path)).toBeUndefined();
    opened(path);
    expect(findEarlierStore(path)).toBe(`${path}.before-1`);
    const kept = sqliteDriver()(`${path}.before-1`);
    onTestFinished(() => kept.close());
    expect(kept.prepare('SELECT id FROM events').all()).toEqual([{ id: 'evt_1' }]);
  });

  it.each([
    ['first', 0x776d6b31],
    ['second', 0x776d6b32],
  ])('does the same with the %s form of schema 1, which lacks columns of this one', (_form, id) => {
    const one = `${EARLIER} PRAGMA user_version = 1; PRAGMA application_id = ${id};`;
    const path = earlierIn(tempFolder(), one);
    const store = opened(path);
    expect(findEarlierStore(path)).toBe(`${path}.before-1`);
    expect(store.prepare('SELECT id FROM sessions').all()).toEqual([{ id: 's1' }]);
  });

  it('knows its sessions, with transcripts that must be read again', () => {
    const store = opened(earlierIn(tempFolder()));
    expect(
      store
        .prepare('SELECT id, project, model, transcript_path, transcript_state FROM sessions')
        .all(),
    ).toEqual([
      {
        id: 's1',
        project: '/p',
        model: 'm',
        transcript_path: '/c/projects/p/s1.jsonl',
        transcript_state: 'unread',
      },
    ]);
  });

  it('knows every id that was applied, so that none is applied again', () => {
    const store = opened(earlierIn(tempFolder()));
    expect(store.prepare('SELECT id, fate FROM tombstones ORDER BY id').all()).toEqual([
      { id: 'evt_0', fate: 'discarded' },
      { id: 'evt_1', fate: 'expired' },
    ]);
  });

  it('continues the files to which events are appended', () => {
    const store = opened(earlierIn(tempFolder()));
    expect(store.prepare('SELECT path, length FROM event_files').all()).toEqual([
      { path: 'log/session-events.jsonl', length: 100 },
    ]);
  });

  it('starts empty if the old one is not a valid store', () => {
    const store = opened(
      earlierIn(tempFolder(), 'CREATE TABLE other (a); PRAGMA user_version = 3;'),
    );
    expect(store.prepare('SELECT count(*) AS n FROM sessions').get()).toEqual({ n: 0 });
  });

  it('keeps one that was moved before', () => {
    const folder = tempFolder();
    writeFileSync(`${folder}/waymark.db.before-1`, 'mine');
    opened(earlierIn(folder));
    expect(readdirSync(folder)).toContain('waymark.db.before-1.2');
  });

  it('leaves it in place while there is a reason, and reports the reason', () => {
    const path = earlierIn(tempFolder());
    const open = (): Database => openStore(path, sqliteDriver(), 'FULL', () => 'w1 has it open');
    expect(() => open()).toThrow(
      expect.objectContaining({ kind: 'BUSY', message: 'w1 has it open' }),
    );
    expect(findEarlierStore(path)).toBeUndefined();
    expect(opened(path).prepare('SELECT id FROM sessions').all()).toEqual([{ id: 's1' }]);
  });

  it('leaves it to the leading worker when a command opens the store', () => {
    const path = earlierIn(tempFolder());
    expect(() => openStore(path, sqliteDriver())).toThrow('only the leading worker upgrades it');
    expect(findEarlierStore(path)).toBeUndefined();
  });

  it('moves nothing of this schema', () => {
    const path = `${tempFolder()}/waymark.db`;
    opened(path);
    opened(path);
    expect(existsSync(`${path}.before-1`)).toBe(false);
  });
});

describe('a new store', () => {
  it('can return pages to the disk', () => {
    const store = opened(`${tempFolder()}/waymark.db`);
    expect(store.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
  });
});
