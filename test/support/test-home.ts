import { readdirSync, readFileSync } from 'node:fs';
import { type EventDraft, sealEvent } from '../../lib/events/envelope.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { enqueue } from '../../lib/queue/enqueue.ts';
import { queueDepth } from '../../lib/queue/depth.ts';
import { makeQueueFolder, type QueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import type { Row, SqlValue } from '../../lib/store/database.ts';
import { schemaVersion } from '../../lib/store/schema-version.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import { isAlive } from '../../lib/queue/wakeup/is-alive.ts';
import { ringAll } from '../../lib/queue/wakeup/ring.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { tempFolder } from './temp-folder.ts';

/** A throw-away state folder, and what a test wants to know of it. */
export interface TestHome {
  readonly root: string;
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  /** Enqueues as a hook does. @returns the event's id. */
  enqueue(draft?: Partial<EventDraft> & { readonly ring?: boolean }): string;
  /** Rows of the store, read by a connection of its own. */
  rows(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  count(table: string): number;
  /** Whether this event is committed. */
  isStored(id: string): boolean;
  /** Ids of workers whose pipe is alive. */
  alive(): readonly string[];
  /** Whether a worker is there, has written its first heartbeat and leads. */
  hasLeader(): boolean;
  /** Whether nothing waits and nothing is being worked on. */
  isQuiet(): boolean;
  /** The codes in worker.log so far. */
  logCodes(): readonly string[];
}

export function testHome(): TestHome {
  const root = tempFolder();
  const folder = stateFolderAt(root, {}, [root]); // no recovery folder outside
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  const nextStamp = stampSource(Date.now);
  const rows = (sql: string, ...values: readonly SqlValue[]): readonly Row[] => {
    const database = openStoreForReading(folder.store, sqliteDriver());
    if (database === undefined) return [];
    try {
      if (schemaVersion(database) === 0) return [];
      database.exec('PRAGMA busy_timeout = 2000');
      return database.prepare(sql).all(...values);
    } finally {
      database.close();
    }
  };
  return {
    root,
    folder,
    queue,
    enqueue: ({ ring = true, ...draft } = {}) => {
      const stamp = nextStamp();
      const full = {
        type: 'session.prompt_submitted',
        priority: 5,
        payload: { session_id: 's1', prompt: 'x' },
        ...draft,
      };
      const event = sealEvent(full, stamp, 'test');
      enqueue(queue, event, stamp, full.priority, {
        durability: 'none',
        queueCap: 1_000_000,
        entryCap: 65_536,
      });
      if (ring) ringAll(folder.wake);
      return event.event_id;
    },
    rows,
    count: (table) => Number(rows(`SELECT count(*) AS n FROM ${table}`)[0]?.['n'] ?? 0),
    isStored: (id) => rows('SELECT 1 FROM events WHERE id = ?', id).length === 1,
    alive: () =>
      namesIn(folder.wake).filter((name) => !name.startsWith('.') && isAlive(folder.wake, name)),
    hasLeader: () =>
      readHeartbeats(folder.heartbeat).some(({ id, leader }) => leader && isAlive(folder.wake, id)),
    isQuiet: () => {
      const { pending, delayed, processing } = queueDepth(queue);
      return pending + delayed + processing === 0;
    },
    logCodes: () =>
      readLines(`${folder.log}/worker.log`).map((line) => String(JSON.parse(line).code)),
  };
}

/** Names in a folder; none for a missing one. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whole lines of a file; none for a missing one. */
export function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
