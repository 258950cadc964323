import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { outboxEffects } from '../../lib/delivery/open-bus.ts';
import type { Subscription } from '../../lib/delivery/subscription.ts';
import { type EventEnvelope, sealEvent } from '../../lib/events/envelope.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { enqueue } from '../../lib/queue/enqueue.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { ringAll } from '../../lib/queue/wakeup/ring.ts';

// What deliveries cost: the outbox per event, and the time from commit to the start of a handler..
const EVENTS = 20_000;
const BATCH = 256;
const SAMPLES = 100;

function subscription(name: string, types: readonly string[]): Subscription {
  return {
    name,
    kind: 'executable',
    types,
    concurrency: 1,
    timeoutMs: 1_000,
    maxAttempts: 1,
    deliver: () => Promise.resolve({ state: 'done' }),
  };
}

/** Microseconds per event of storing events with these subscriptions. */
function costOf(subscriptions: readonly Subscription[], withOutbox: boolean): number {
  const folder = mkdtempSync(`${tmpdir()}/waymark-measure-`);
  const database = openStore(`${folder}/waymark.db`, sqliteDriver(), 'NORMAL');
  const effects = outboxEffects({
    source: () => subscriptions,
    clock: Date.now,
    onDue: () => undefined,
  });
  const apply = eventApplier(database, withOutbox ? [effects] : [], Date.now);
  const nextStamp = stampSource(Date.now);
  const batches = Array.from({ length: Math.ceil(EVENTS / BATCH) }, (): readonly EventEnvelope[] =>
    Array.from({ length: BATCH }, () =>
      sealEvent(
        { type: 'build.failed', priority: 5, payload: { job: 'lint' } },
        nextStamp(),
        'test',
      ),
    ),
  );
  const start = performance.now();
  for (const batch of batches) apply(batch);
  const cost = ((performance.now() - start) * 1_000) / (batches.length * BATCH);
  database.close();
  rmSync(folder, { recursive: true });
  return cost;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/**
 * From commit to the start of a handler of ours, and to the first line of a shell script, in a real
 * worker.
 */
async function latencies(): Promise<void> {
  const root = mkdtempSync(`${tmpdir()}/waymark-measure-`);
  const folder = stateFolderAt(root, {}, [root]);
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  mkdirSync(`${root}/handlers`, { mode: 0o700 });
  writeFileSync(
    `${root}/handlers/stamp`,
    `#!/bin/sh\n# waymark: on task.failed\ndate +%s%N >>${root}/stamps\ncat >/dev/null\necho "$WAYMARK_EVENT_ID" >/dev/null\n`,
  );
  chmodSync(`${root}/handlers/stamp`, 0o700);
  const environment = {
    PATH: process.env['PATH'],
    HOME: root,
    WAYMARK_HOME: root,
    XDG_RUNTIME_DIR: root,
  };
  const worker = spawn(process.execPath, ['--import', 'tsx', 'lib/cli/main.ts', 'worker'], {
    env: environment,
    stdio: 'ignore',
  });
  await sleep(4_000); // it is started from its sources
  const nextStamp = stampSource(Date.now);
  for (let n = 0; n < SAMPLES; n += 1) {
    const stamp = nextStamp();
    const event = sealEvent(
      {
        type: 'task.failed',
        priority: 2,
        payload: { session_id: `s${n}`, call: { tool: 'Bash', target: 'x', error: 'no' } },
      },
      stamp,
      'test',
    );
    enqueue(queue, event, stamp, 2, { durability: 'none', queueCap: 1e6, entryCap: 65_536 });
    ringAll(folder.wake);
    await sleep(150);
  }
  await sleep(1_000);
  worker.kill('SIGTERM');
  await new Promise((resolve) => worker.on('exit', resolve));
  const database = openStore(folder.store, sqliteDriver());
  const rows = database
    .prepare(
      "SELECT subscription, started_at - created_at AS ms, created_at FROM deliveries WHERE state = 'done' ORDER BY created_at",
    )
    .all();
  const own = rows
    .filter((row) => row['subscription'] === 'builtin/task-failure')
    .map((row) => Number(row['ms']));
  const shell = rows.filter((row) => row['subscription'] === 'user/stamp');
  const stamps = readFileSync(`${root}/stamps`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(line) / 1e6)
    .sort((a, b) => a - b);
  const starts = shell.map(
    (row, index) => (stamps[index] ?? Number.NaN) - Number(row['created_at']),
  );
  database.close();
  rmSync(root, { recursive: true });
  console.log(
    `commit to handler of ours: p50 ${quantile(own, 0.5)} ms, p95 ${quantile(own, 0.95)} ms, most ${Math.max(...own)} ms (${own.length})`,
  );
  console.log(
    `commit to line one of a shell handler: p50 ${quantile(starts, 0.5).toFixed(1)} ms, p95 ${quantile(starts, 0.95).toFixed(1)} ms (${starts.length})`,
  );
}

const tenOfNone = Array.from({ length: 10 }, (_, index) =>
  subscription(`user/h${index}`, [`task.x${index}*`]),
);
const ten = Array.from({ length: 10 }, (_, index) => subscription(`user/h${index}`, ['build.*']));
for (let round = 0; round < 2; round += 1) {
  const [none, empty, unmatched, matched] = [
    costOf([], false),
    costOf([], true),
    costOf(tenOfNone, true),
    costOf(ten, true),
  ];
  console.log(
    `per event: no outbox ${none.toFixed(1)} us, no subscription ${empty.toFixed(1)} us, 10 that do not fit ${unmatched.toFixed(1)} us, 10 that fit ${matched.toFixed(1)} us`,
  );
}
await latencies();
