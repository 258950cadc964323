import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHeartbeats } from '../../../lib/queue/wakeup/heartbeat.ts';
import { type BenchHome, benchHome, requireAllStored, startWorker } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { startChild } from '../children.ts';
import { type ProcessFigures, processFigures, usedBetween } from '../process-figures.ts';
import type { ProducerOrder } from '../programs/order.ts';
import { sampleEventPayload } from '../sample-payload.ts';

/** The window in which a goal for idle CPU counts. */
const WINDOW_MS = 20_000;

/** After work a worker reads transcripts on, and Node gives memory back a few times; then it is idle. */
const SETTLE_MS = 30_000;

const PER_SECOND = 100;

/** What a worker takes from the machine while nothing happens, and while much does. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'What a worker takes while idle, and at 100 events per second',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  if (!existsSync('/proc/self/schedstat')) {
    bench.skip('CPU and memory of other processes are read from /proc, which this system lacks');
    return [];
  }
  const home = benchHome(bench);
  const node = startChild(
    bench,
    [process.execPath, '-e', "setInterval(() => undefined, 1e9); console.log('{}')"],
    home.environment,
  );
  await node.next();
  const worker = await startWorker(bench, home);
  const window = bench.quick ? WINDOW_MS / 4 : WINDOW_MS;
  const loaded = await underLoad(bench, home, worker.pid, window);
  await sleep(bench.quick ? SETTLE_MS / 4 : SETTLE_MS);
  const [workerIdle, nodeIdle] = await watched(home, [worker.pid, node.pid], window);
  await Promise.all([worker.end(), node.end()]);
  return [
    idleRow('worker, idle', workerIdle, [
      { cell: 'CPU ms per 20 s', atMost: 2 },
      { cell: 'wake-ups /s', atMost: 0.05 },
      { cell: 'private MB', atMost: 15 },
      { cell: 'resident MB', atMost: 55 },
    ]),
    idleRow('empty Node process, idle', nodeIdle, []),
    loaded,
  ];
}

interface Watched {
  readonly cpuMs: number;
  readonly sleeps: number;
  readonly seconds: number;
  readonly rings: number;
  readonly after: ProcessFigures;
}

/** What each process used in one and the same window. */
async function watched(
  home: BenchHome,
  pids: readonly number[],
  windowMs: number,
): Promise<readonly Watched[]> {
  const before = pids.map(processFigures);
  const ringsBefore = ringsOf(home, pids);
  await sleep(windowMs);
  const ringsAfter = ringsOf(home, pids);
  return pids.map((pid, index) => {
    const [then, after] = [before[index], processFigures(pid)];
    if (then === undefined) throw new Error('No such process');
    return {
      ...usedBetween(then, after),
      seconds: windowMs / 1000,
      rings: (ringsAfter[index] ?? 0) - (ringsBefore[index] ?? 0),
      after,
    };
  });
}

/** Rings that a worker counted up to its latest heartbeat. */
function ringsOf(home: BenchHome, pids: readonly number[]): readonly number[] {
  const beats = readHeartbeats(home.folder.heartbeat);
  return pids.map((pid) => Number(beats.find((beat) => beat.pid === pid)?.body['rings'] ?? 0));
}

function idleRow(what: string, seen: Watched | undefined, goals: Row['goals'] & object): Row {
  if (seen === undefined) throw new Error(`Nothing was seen of ${what}`);
  return {
    what,
    cells: {
      'CPU ms per 20 s': (seen.cpuMs / seen.seconds) * (WINDOW_MS / 1000),
      'wake-ups /s': seen.sleeps / seen.seconds,
      rings: seen.rings,
      'private MB': seen.after.privateMb,
      'resident MB': seen.after.residentMb,
    },
    goals,
  };
}

async function underLoad(
  bench: Bench,
  home: BenchHome,
  pid: number,
  windowMs: number,
): Promise<Row> {
  const count = (PER_SECOND * windowMs) / 1000;
  const order: ProducerOrder = {
    home: home.folder.root,
    payload: sampleEventPayload(bench),
    count,
    durability: 'none',
    everyMs: 1000 / PER_SECOND,
  };
  const producer = startChild(
    bench,
    [process.execPath, `${bench.programs}/produce.mjs`, JSON.stringify(order)],
    home.environment,
  );
  const before = processFigures(pid);
  await producer.next();
  const used = usedBetween(before, processFigures(pid));
  await producer.end();
  requireAllStored(home, count);
  const cells = {
    'CPU ms per 20 s': (used.cpuMs / windowMs) * WINDOW_MS,
    '% of a core': (used.cpuMs / windowMs) * 100,
    'wake-ups /s': (used.sleeps / windowMs) * 1000,
  };
  return {
    what: `worker, at ${PER_SECOND} events/s`,
    cells,
    goals: [{ cell: '% of a core', atMost: 2 }],
  };
}
