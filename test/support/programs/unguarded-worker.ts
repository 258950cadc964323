import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../lib/core/clock.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import { fileLog } from '../../../lib/core/log.ts';
import { makePrivateFolder, stateFolderAt } from '../../../lib/core/state-folder.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import type { Applied } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { inTransaction } from '../../../lib/store/transaction.ts';
import { DurableAcks } from '../../../lib/worker/durable-acks.ts';
import { openHomeFolder } from '../../../lib/worker/home-folder.ts';
import { takeLead } from '../../../lib/store/leader-lock.ts';
import { LiveConfig } from '../../../lib/worker/live-config.ts';
import { TaskTimer } from '../../../lib/worker/task-timer.ts';
import { StoreConnection } from '../../../lib/worker/store-connection.ts';
import { recover } from '../../../lib/worker/tasks/recover.ts';
import { Worker } from '../../../lib/worker/worker.ts';
import { dieAtCommit } from './die-at-commit.ts';
import { type WorkerOrder, readOrder } from './order.ts';

// The negative control: the same worker with the guard by event id taken out. A test that counts
// effects must catch it.
const order = readOrder<WorkerOrder>();
const folder = stateFolderAt(order.home, {}, [order.home]);
for (const path of [folder.root, folder.wake, folder.heartbeat, folder.log])
  makePrivateFolder(path);
const queue = queueFolder(folder.queue);
const open = sqliteDriver();
const log = fileLog(`${folder.log}/worker.log`, 'info', systemClock);
const config = new LiveConfig({
  file: folder.configFile,
  environment: {},
  flags: order.flags ?? {},
  log,
});
const storeConnection = new StoreConnection({
  path: folder.store,
  open,
  clock: systemClock,
  log,
  onOutage: () => undefined,
  migrationBlocker: () => undefined,
});

const applyUnguarded = (database: Database, events: readonly EventEnvelope[]): readonly Applied[] =>
  inTransaction(database, () => events.map((event) => applyOne(database, event)));

function applyOne(database: Database, event: EventEnvelope): Applied {
  const session = String(event.payload['session_id']);
  database
    .prepare(
      "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, ?, 1, 'test', '{}', 1) ON CONFLICT DO NOTHING",
    )
    .run(event.event_id, event.event_type);
  database
    .prepare('INSERT INTO prompts (session_id, id) VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(session, event.event_id);
  return { state: 'applied' };
}

const lead = takeLead(folder.leaderLock, open);
const worker: Worker = new Worker({
  folder,
  home: openHomeFolder(folder.root),
  queue,
  config,
  clock: systemClock,
  random: Math.random,
  newId: () => `w${randomBytes(6).toString('hex')}`,
  nextStamp: stampSource(systemClock),
  log,
  version: '0.0.0',
  storeConnection,
  redact: (events) => events,
  acks: new DurableAcks({ store: folder.store, log }),
  applier: () => {
    const database = storeConnection.get();
    return database === undefined ? undefined : (events) => applyUnguarded(database, events);
  },
  takeLead: () => takeLead(folder.leaderLock, open),
  taskTimer: new TaskTimer([
    {
      name: 'recover',
      intervalMs: () => config.values.recoverInterval * 1000,
      leaderOnly: true,
      run: () =>
        recover({
          folder,
          queue,
          me: () => worker.id,
          entryCap: () => config.values.entryCap,
          log,
        }),
    },
  ]),
  readTranscripts: () => Promise.resolve(undefined),
  once: order.once ?? false,
  pollMs: () => undefined,
  collectGarbage: () => undefined,
  changes: {
    hasBegun: false,
    begin: () => false,
    hasWork: () => true,
    isUnchanged: () => true,
    end: () => undefined,
  },
  ...(lead === undefined ? {} : { lead }),
  onCommitted: dieAtCommit(order),
});
process.on('SIGTERM', () => worker.stop('SIGTERM'));
await worker.run();
storeConnection.close();
