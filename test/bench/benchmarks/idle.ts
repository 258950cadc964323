import { setTimeout as sleep } from 'node:timers/promises';
import { workerFlags } from '../../../lib/hook/autostart.ts';
import { readHeartbeats } from '../../../lib/queue/wakeup/heartbeat.ts';
import { type BenchHome, benchHome, requireAllStored, startWorker } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { type Child, startChild } from '../children.ts';
import { PEERS_FOLDER } from '../install-peers.ts';
import { canWatchProcesses, type Used, watchProcesses } from '../process-figures.ts';
import type { ProducerOrder } from '../programs/order.ts';
import { sampleEventPayload } from '../sample-payload.ts';

/** The window in which a goal for idle CPU counts. */
const WINDOW_MS = 20_000;

/** So long after the last work the goals for an idle worker begin to count. */
const SETTLE_MS = 10_000;

const PER_SECOND = 100;

/**
 * How often the bare directory queue looks for entries: as often as a worker looks for urgent ones
 * while others gather.
 */
const LOOK_MS = 50;

/** What a worker takes from the machine while nothing happens, and while much does. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'What a worker takes while idle, and at 100 events per second',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  if (!canWatchProcesses(bench)) return [];
  const home = benchHome(bench);
  const [node, driver] = [startEmpty(bench, home), startWithDatabase(bench, home)];
  await Promise.all([node.next(), driver.next()]);
  const worker = await startWorker(bench, home);
  const window = bench.quick ? WINDOW_MS / 4 : WINDOW_MS;
  const floor = await floorUnderLoad(bench, window);
  const loaded = await underLoad(bench, home, worker, window);
  await sleep(bench.quick ? SETTLE_MS / 2 : SETTLE_MS);
  const ringsBefore = ringsOf(home, worker.pid);
  const pids = [worker.pid, driver.pid, node.pid];
  const used = await watchProcesses(pids, () => sleep(window));
  const rings = ringsOf(home, worker.pid) - ringsBefore;
  await Promise.all([worker.end(), driver.end(), node.end()]);
  return [...idleRows(used, rings), ...loadRows(loaded, floor)];
}

function startEmpty(bench: Bench, home: BenchHome): Child {
  const program = "setInterval(() => undefined, 1e9); console.log('{}')";
  return startChild(bench, [process.execPath, '-e', program], home.environment);
}

/** With the flags that a worker gets: the goal for memory counts them in. */
function startWithDatabase(bench: Bench, home: BenchHome): Child {
  const order = JSON.stringify({ path: `${home.root}/floor.db` });
  const flags = workerFlags(process.versions.node);
  return startChild(
    bench,
    [process.execPath, ...flags, `${bench.programs}/open-database.mjs`, order],
    home.environment,
  );
}

/** Rings that a worker counted up to its latest heartbeat. */
function ringsOf(home: BenchHome, pid: number): number {
  const beat = readHeartbeats(home.folder.heartbeat).find((one) => one.pid === pid);
  return Number(beat?.body['rings'] ?? 0);
}

function idleRows(used: readonly Used[], rings: number): readonly Row[] {
  const [worker, driver, node] = used;
  if (worker === undefined || driver === undefined || node === undefined)
    throw new Error('A process was not watched');
  const above = worker.after.residentMb - driver.after.residentMb;
  return [
    {
      what: 'worker, idle',
      cells: { ...idleCells(worker), rings, 'above the floor MB': above },
      goals: [
        { cell: 'CPU ms per 20 s', atMost: 2 },
        { cell: 'wake-ups /s', atMost: 0.05 },
        { cell: 'above the floor MB', atMost: 20 },
      ],
    },
    { what: 'floor: Node with the driver and one open database', cells: idleCells(driver) },
    { what: 'empty Node process, idle', cells: idleCells(node) },
  ];
}

function idleCells({ cpuMs, sleeps, seconds, after }: Used): Row['cells'] {
  return {
    'CPU ms per 20 s': (cpuMs / seconds) * (WINDOW_MS / 1000),
    'wake-ups /s': sleeps / seconds,
    'private MB': after.privateMb,
    'resident MB': after.residentMb,
  };
}

async function underLoad(
  bench: Bench,
  home: BenchHome,
  worker: Child,
  windowMs: number,
): Promise<Used> {
  const order: ProducerOrder = {
    home: home.folder.root,
    payload: sampleEventPayload(bench),
    count: countIn(windowMs),
    durability: 'none',
    everyMs: 1000 / PER_SECOND,
  };
  bench.say(`worker at ${PER_SECOND} events/s`);
  const [used] = await watchProcesses([worker.pid], async () => {
    const producer = startChild(
      bench,
      [process.execPath, `${bench.programs}/produce.mjs`, JSON.stringify(order)],
      home.environment,
    );
    await producer.next();
    await producer.end();
  });
  requireAllStored(home, order.count);
  if (used === undefined) throw new Error('The worker was not watched');
  return used;
}

/**
 * The least that a directory queue costs at the same rate, in the same run and on the same disk.
 */
async function floorUnderLoad(bench: Bench, windowMs: number): Promise<Used | undefined> {
  bench.say(`bare directory queue at ${PER_SECOND} events/s`);
  const home = benchHome(bench);
  const order = JSON.stringify({
    folder: home.root,
    count: countIn(windowMs),
    data: sampleEventPayload(bench),
    everyMs: 1000 / PER_SECOND,
    lookMs: LOOK_MS,
  });
  const start = (role: string): Child =>
    startChild(
      bench,
      [process.execPath, `${PEERS_FOLDER}/directory.mjs`, role, order],
      home.environment,
    );
  const consumer = start('consume');
  await consumer.next();
  const [used] = await watchProcesses([consumer.pid], async () => {
    const producer = start('produce');
    await consumer.next();
    await producer.end();
  });
  await consumer.end();
  return used;
}

function countIn(windowMs: number): number {
  return (PER_SECOND * windowMs) / 1000;
}

function loadRows(worker: Used, floor: Used | undefined): readonly Row[] {
  const cellsOf = ({ cpuMs, sleeps, seconds }: Used): Row['cells'] => ({
    'CPU ms per 20 s': (cpuMs / seconds) * (WINDOW_MS / 1000),
    '% of a core': cpuMs / seconds / 10,
    'wake-ups /s': sleeps / seconds,
  });
  const what = `at ${PER_SECOND} events/s`;
  if (floor === undefined) return [{ what: `worker, ${what}`, cells: cellsOf(worker) }];
  const ratio = worker.cpuMs / worker.seconds / (floor.cpuMs / floor.seconds);
  return [
    {
      what: `worker, ${what}`,
      cells: { ...cellsOf(worker), 'CPU x directory': ratio },
      goals: [{ cell: 'CPU x directory', atMost: 4 }],
    },
    {
      what: `bare directory queue, ${what}`,
      cells: { ...cellsOf(floor), 'CPU x directory': 1 },
      note: `looks for entries every ${LOOK_MS} ms; each is claimed by rename, read, parsed, one row, unlinked`,
    },
  ];
}
