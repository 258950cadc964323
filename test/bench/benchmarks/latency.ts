import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventDraft, PRIORITY, sealEvent } from '../../../lib/events/envelope.ts';
import { eventId, stampSource } from '../../../lib/events/event-id.ts';
import { type JsonObject, numberField } from '../../../lib/core/json.ts';
import { enqueue } from '../../../lib/queue/enqueue.ts';
import { ringAll } from '../../../lib/queue/wakeup/ring.ts';
import { prepareBacklog } from '../backlog.ts';
import { type BenchHome, benchHome, removeHome, startWorker } from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { startChild } from '../children.ts';
import { monotonicMs } from '../clock.ts';
import { openCommitWatch } from '../commit-watch.ts';
import { sampleDraft } from '../programs/sample-drafts.ts';
import { sampleEventPayload } from '../sample-payload.ts';
import { median, quantile } from '../statistics.ts';

const OPTIONS = { durability: 'none', queueCap: 1_000_000, entryCap: 65_536 } as const;

/**
 * Pauses between two events, in milliseconds: random, so that no period of the worker's is hit or
 * missed each time.
 */
const PAUSE = { least: 4, most: 44 } as const;

const nextStamp = stampSource(Date.now);

/** How long an event takes: to the worker's ear, and to the disk. */
export const latency: Benchmark = {
  name: 'latency',
  title: 'How soon an event is heard and stored',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  const payload = sampleEventPayload(bench);
  const home = benchHome(bench);
  const worker = await startWorker(bench, home);
  const rows = [
    await ringToCallback(bench),
    await stored(bench, home, {
      what: 'rung, worker idle',
      samples: bench.quick ? 60 : 300,
      put: (n) => putAndRing(home, sampleDraft(payload, n)),
      goals: RUNG,
    }),
    await stored(bench, home, {
      what: 'file moved in, no ring',
      samples: bench.quick ? 30 : 150,
      put: (n) => moveIn(home, n),
      goals: MOVED,
    }),
  ];
  await worker.end();
  return [...rows, await urgentBehindBacklog(bench, payload)];
}

const RUNG: readonly Goal[] = [
  { cell: 'p50 ms', atMost: 3 },
  { cell: 'p95 ms', atMost: 10 },
];
const MOVED: readonly Goal[] = [{ cell: 'p95 ms', atMost: 50 }];

async function ringToCallback(bench: Bench): Promise<Row> {
  const { folder, environment } = benchHome(bench);
  execFileSync('mkdir', ['-p', folder.wake]);
  const listener = startChild(
    bench,
    [process.execPath, `${bench.programs}/hear-rings.mjs`, JSON.stringify({ wake: folder.wake })],
    environment,
  );
  await listener.next();
  const taken: number[] = [];
  for (let n = 0; n < (bench.quick ? 60 : 300); n += 1) {
    await sleep(pause(bench));
    const rungAt = monotonicMs();
    ringAll(folder.wake);
    taken.push((numberField(await listener.next(), 'at') ?? Number.NaN) - rungAt);
  }
  await listener.end();
  return {
    what: 'ring to callback',
    cells: cellsOf(taken),
    goals: [{ cell: 'p50 ms', atMost: 0.5 }],
  };
}

interface StoredOptions {
  readonly what: string;
  readonly samples: number;
  /** Hands over the `n`th event. @returns its id and the moment when that began. */
  readonly put: (n: number) => { readonly id: string; readonly at: number };
  readonly goals: readonly Goal[];
}

async function stored(
  bench: Bench,
  home: BenchHome,
  { what, samples, put, goals }: StoredOptions,
): Promise<Row> {
  bench.say(what);
  const warmUp = 40;
  const watch = openCommitWatch(bench, home);
  const taken: number[] = [];
  for (let n = -warmUp; n < samples; n += 1) {
    await sleep(pause(bench));
    const { id, at } = put(n + warmUp);
    const storedAt = watch.whenStored(id);
    if (n >= 0) taken.push(storedAt - at);
  }
  return { what, cells: cellsOf(taken), goals };
}

/** An event of priority 0, every 100 ms while a worker goes through a large backlog. */
async function urgentBehindBacklog(bench: Bench, payload: JsonObject): Promise<Row> {
  const count = bench.quick ? 20_000 : 100_000;
  bench.say(`urgent behind ${count}`);
  const home = benchHome(bench);
  const appear = prepareBacklog(home, { payload, count, from: 0 });
  const worker = await startWorker(bench, home);
  const watch = openCommitWatch(bench, home);
  appear();
  ringAll(home.folder.wake);
  const taken: number[] = [];
  for (let n = 0; n < (bench.quick ? 10 : 40); n += 1) {
    await sleep(50 + pause(bench));
    const { id, at } = putAndRing(home, {
      ...sampleDraft(payload, count + n),
      priority: PRIORITY.urgent,
    });
    taken.push(watch.whenStored(id) - at);
  }
  await worker.end();
  removeHome(home);
  return {
    what: `urgent, behind ${count.toLocaleString('en')} others`,
    cells: cellsOf(taken),
    goals: [{ cell: 'p95 ms', atMost: 100 }],
  };
}

function putAndRing(
  home: BenchHome,
  draft: EventDraft,
): { readonly id: string; readonly at: number } {
  const at = monotonicMs();
  const stamp = nextStamp();
  enqueue(home.queue, sealEvent(draft, stamp, 'hook/PostToolUse'), stamp, draft.priority, OPTIONS);
  ringAll(home.folder.wake);
  return { id: eventId(stamp), at };
}

/** As a shell script does: a file of one's own, moved into `pending/`. */
function moveIn(home: BenchHome, n: number): { readonly id: string; readonly at: number } {
  const id = eventId(nextStamp());
  const draft = `${home.queue.tmp}/5_note-${n}.json`;
  writeFileSync(
    draft,
    JSON.stringify({
      event_type: 'bench.note',
      event_id: id,
      payload: { session_id: 'session-0', text: `note ${n}` },
    }),
  );
  const at = monotonicMs();
  renameSync(draft, `${home.queue.pending}/5_note-${n}.json`);
  return { id, at };
}

function pause(bench: Bench): number {
  return PAUSE.least + bench.random() * (PAUSE.most - PAUSE.least);
}

function cellsOf(taken: readonly number[]): Row['cells'] {
  return {
    'p50 ms': median(taken),
    'p95 ms': quantile(taken, 0.95),
    'most ms': Math.max(...taken),
    samples: taken.length,
  };
}
