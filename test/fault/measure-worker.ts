import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sealEvent } from '../../lib/events/envelope.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { enqueue } from '../../lib/queue/enqueue.ts';
import { queueFolder } from '../../lib/queue/queue-folder.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import { ringAll } from '../../lib/queue/wakeup/ring.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { eventually } from '../support/eventually.ts';

// What an idle worker costs, and how long an event takes from enqueueing to its commit:
// `npx tsx test/fault/measure-worker.ts` after `npm run build`. Prints JSON. A measurement, not a
// test: other work on the machine shows in the figures.

const SETTLE_MS = Number(process.env['SETTLE_MS'] ?? 30_000);
const IDLE_MS = Number(process.env['IDLE_MS'] ?? 20_000);
const EVENTS = 200;

const root = mkdtempSync(`${tmpdir()}/waymark-measure-`);
const folder = stateFolderAt(root, {}, [root]);
const program = fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
const environment = {
  PATH: process.env['PATH'],
  HOME: root,
  WAYMARK_HOME: root,
  XDG_RUNTIME_DIR: root,
};

const worker = spawn(process.execPath, [program, 'worker', '--background'], {
  env: environment,
  stdio: 'ignore',
});
const empty = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)'], {
  env: environment,
  stdio: 'ignore',
});
try {
  await eventually('the worker is there', () =>
    readHeartbeats(folder.heartbeat).some(({ leader }) => leader),
  );
  const store = await openedStore();
  const warm = await latencies(store, 20); // compiled paths, and something to have been busy with
  await sleep(SETTLE_MS);
  const idle = await idleFigures();
  const measured = await latencies(store, EVENTS);
  const load = loadavg().map((n) => Math.round(n * 100) / 100);
  const result = {
    node: process.version,
    load,
    warmUpEvents: warm.length,
    idle,
    enqueueToCommitMs: summary(measured),
    fsyncMs: summary(await fsyncs()),
  };
  console.log(JSON.stringify(result, null, 2));
  store.close();
} finally {
  await ended(worker);
  await ended(empty);
  rmSync(root, { recursive: true, force: true });
}

async function idleFigures(): Promise<unknown> {
  const pids = { worker: worker.pid ?? 0, emptyNode: empty.pid ?? 0 };
  const ringsBefore = rings();
  const before = { worker: usage(pids.worker), emptyNode: usage(pids.emptyNode) };
  await sleep(IDLE_MS);
  const after = { worker: usage(pids.worker), emptyNode: usage(pids.emptyNode) };
  const difference = (name: 'worker' | 'emptyNode') => ({
    cpuMs: Math.round((after[name].cpuMs - before[name].cpuMs) * 1_000) / 1_000,
    mainThreadWakeUps: after[name].mainSwitches - before[name].mainSwitches,
    allThreadsWakeUps: after[name].allSwitches - before[name].allSwitches,
    ...memory(pids[name]),
  });
  return {
    seconds: IDLE_MS / 1000,
    afterQuietSeconds: SETTLE_MS / 1000,
    worker: { ...difference('worker'), rings: rings() - ringsBefore },
    emptyNode: difference('emptyNode'),
  };
}

/**
 * CPU of all threads by the scheduler's own nanoseconds, finer than ticks; how often they gave the
 * processor up by themselves.
 */
function usage(pid: number): {
  readonly cpuMs: number;
  readonly mainSwitches: number;
  readonly allSwitches: number;
} {
  let cpuMs = 0;
  let allSwitches = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    cpuMs +=
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    allSwitches += switches(`/proc/${pid}/task/${thread}/status`);
  }
  return { cpuMs, mainSwitches: switches(`/proc/${pid}/task/${pid}/status`), allSwitches };
}

function switches(status: string): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1]);
}

function memory(pid: number): { readonly rssMb: number; readonly privateMb: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]);
  const inMb = (kb: number): number => Math.round((kb / 1024) * 10) / 10;
  return {
    rssMb: inMb(kilobytes('Rss')),
    privateMb: inMb(kilobytes('Private_Clean') + kilobytes('Private_Dirty')),
  };
}

function rings(): number {
  return Number(readHeartbeats(folder.heartbeat)[0]?.body['rings'] ?? 0);
}

/**
 * Milliseconds from before enqueueing to the commit, by this process's monotonic clock.
 * `PRAGMA data_version` tells at once when another connection has committed; that it was this event
 * is looked up after it.
 */
async function latencies(store: Database, count: number): Promise<readonly number[]> {
  const queue = queueFolder(folder.queue);
  const nextStamp = stampSource(Date.now);
  const version = store.prepare('PRAGMA data_version');
  const stored = store.prepare('SELECT 1 FROM events WHERE id = ?');
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await sleep(20 + Math.random() * 40);
    const stamp = nextStamp();
    const event = sealEvent(
      {
        type: 'checkpoint.created',
        priority: 3,
        payload: { session_id: 's1', kind: 'auto', saved_by: 'measure', operation_count: n },
      },
      stamp,
      'measure',
    );
    let seen = version.get()?.['data_version'];
    const began = performance.now();
    enqueue(queue, event, stamp, 3, { durability: 'none', queueCap: 200_000, entryCap: 65_536 });
    ringAll(folder.wake);
    for (;;) {
      const now = version.get()?.['data_version'];
      if (now === seen) continue;
      const ms = performance.now() - began;
      seen = now;
      if (stored.get(event.event_id) === undefined) continue;
      found.push(ms);
      break;
    }
  }
  return found;
}

/**
 * What the disk alone takes: a commit waits for one such call. 36 kB are what one checkpoint adds
 * to the write-ahead log.
 */
async function fsyncs(): Promise<readonly number[]> {
  const fd = openSync(`${root}/probe`, 'w');
  const found: number[] = [];
  for (let n = 0; n < EVENTS; n += 1) {
    await sleep(20);
    writeSync(fd, Buffer.alloc(36_864, n));
    const began = performance.now();
    fsyncSync(fd);
    found.push(performance.now() - began);
  }
  closeSync(fd);
  return found;
}

function summary(values: readonly number[]): unknown {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(
      (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 100,
    ) / 100;
  return { events: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

async function openedStore(): Promise<Database> {
  let store: Database | undefined;
  await eventually('there is a store', () => {
    store = openStoreForReading(folder.store, sqliteDriver());
    return store?.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() !== undefined;
  });
  if (store === undefined) throw new Error('There is no store');
  return store;
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.kill('SIGTERM')) await gone;
}
