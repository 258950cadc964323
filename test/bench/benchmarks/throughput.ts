import { reasonOf } from '../../../lib/core/errors.ts';
import { type JsonObject, numberField } from '../../../lib/core/json.ts';
import { benchHome, removeHome, requireAllStored, startWorker } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { startChild } from '../children.ts';
import { installPeers, PEERS_FOLDER } from '../install-peers.ts';
import { cpuMsOf } from '../process-figures.ts';
import type { ProducerOrder } from '../programs/order.ts';
import { startRedis } from '../redis.ts';
import { sampleEventPayload } from '../sample-payload.ts';
import { median, shuffled } from '../statistics.ts';

/** One way to get events from one process to another, and how fast it was. */
interface Contestant {
  readonly what: string;
  readonly note?: string;
  /**
   * Carries `count` events once. @returns events per second: accepted by the producer, and from the
   * first put in to the last one done.
   */
  readonly carry: (count: number) => Promise<Speed>;
}

interface Speed {
  readonly accepted: number;
  readonly done: number;
  /**
   * CPU time of the worker per event, in microseconds: what other programs on the machine disturb
   * least.
   */
  readonly workerUs: number;
}

const OURS = 'waymark';
const FLOOR = 'bare directory queue';

/**
 * One producer and one worker; ours with all that it does to an event, the others with a handler
 * that does nothing.
 */
export const throughput: Benchmark = {
  name: 'throughput',
  title: 'Events per second, from a producer to a worker that has finished with them',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  const count = bench.quick ? 2_000 : 10_000;
  const contestants = [waymark(bench), ...(await peers(bench))];
  const speeds = new Map<Contestant, (Speed | undefined)[]>(
    contestants.map((contestant) => [contestant, []]),
  );
  for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) {
    for (const contestant of shuffled(contestants, bench.random)) {
      bench.say(contestant.what);
      speeds.get(contestant)?.push(await carryOrSkip(bench, contestant, count));
    }
  }
  return rowsOf(
    new Map(
      [...speeds].map(([contestant, seen]) => [
        contestant,
        seen.filter((speed) => speed !== undefined),
      ]),
    ),
  );
}

/** A peer that fails is left out of the run; that we fail is no result. */
async function carryOrSkip(
  bench: Bench,
  { what, carry }: Contestant,
  count: number,
): Promise<Speed | undefined> {
  try {
    return await carry(count);
  } catch (error) {
    if (what === OURS) throw error;
    bench.skip(`one run of ${what}: ${reasonOf(error)}`);
    return undefined;
  }
}

function waymark(bench: Bench): Contestant {
  const payload = sampleEventPayload(bench);
  const carry = async (count: number): Promise<Speed> => {
    const home = benchHome(bench);
    const worker = await startWorker(bench, home);
    const order: ProducerOrder = {
      home: home.folder.root,
      payload,
      count,
      durability: 'none',
      everyMs: 0,
    };
    const producer = startChild(
      bench,
      [process.execPath, `${bench.programs}/produce.mjs`, JSON.stringify(order)],
      home.environment,
    );
    const cpuBefore = cpuMsOf(worker.pid);
    const answer = await producer.next();
    const cpuMs = cpuMsOf(worker.pid) - cpuBefore;
    await producer.end();
    requireAllStored(home, count);
    await worker.end();
    removeHome(home);
    return speedOf(count, cpuMs, answer);
  };
  return {
    what: OURS,
    carry,
    note: 'one file each, SQLite, synced before each acknowledgement, effects, redaction, each event once',
  };
}

/** The peers that can run here. */
async function peers(bench: Bench): Promise<readonly Contestant[]> {
  const log = peer(
    bench,
    'bare JSONL log',
    'jsonl',
    {},
    'lines appended and read back; nothing claimed, nothing acknowledged',
  );
  const floor = peer(
    bench,
    FLOOR,
    'directory',
    {},
    'written, renamed, claimed by rename, read, parsed, one row each in batches, unlinked; nothing else',
  );
  const trouble = installPeers();
  if (trouble !== undefined) {
    bench.skip(`plainjob, liteque, BullMQ: ${trouble}`);
    return [floor, log];
  }
  const plainjob = peer(
    bench,
    'plainjob',
    'plainjob',
    {},
    'SQLite through libsql, synchronous=NORMAL',
  );
  const liteque = peer(
    bench,
    'liteque',
    'liteque',
    {},
    'SQLite through libsql, synchronous=NORMAL',
  );
  const redis = await startRedis(bench);
  if (typeof redis === 'string') bench.skip(`BullMQ: ${redis}`);
  const bullmq =
    typeof redis === 'string'
      ? []
      : [
          peer(
            bench,
            'BullMQ',
            'bullmq',
            { port: redis.port },
            'Redis with appendfsync everysec, ten at once',
          ),
        ];
  return [floor, plainjob, liteque, ...bullmq, log];
}

function peer(
  bench: Bench,
  what: string,
  program: string,
  own: Readonly<Record<string, unknown>>,
  note: string,
): Contestant {
  const data = sampleEventPayload(bench);
  const carry = async (count: number): Promise<Speed> => {
    const home = benchHome(bench);
    const order = JSON.stringify({ folder: home.root, count, data, ...own });
    const start = (role: string) =>
      startChild(
        bench,
        [process.execPath, `${PEERS_FOLDER}/${program}.mjs`, role, order],
        home.environment,
      );
    const consumer = start('consume');
    await consumer.next();
    const cpuBefore = cpuMsOf(consumer.pid);
    const producer = start('produce');
    const produced = await producer.next();
    const consumed = await consumer.next();
    const cpuMs = cpuMsOf(consumer.pid) - cpuBefore;
    await Promise.all([producer.end(), consumer.end()]);
    removeHome(home);
    return speedOf(count, cpuMs, { ...produced, ...consumed });
  };
  return { what, carry, note };
}

function speedOf(count: number, cpuMs: number, times: JsonObject): Speed {
  const began = numberField(times, 'startedAt') ?? Number.NaN;
  const perSecond = (until: 'enqueuedAt' | 'doneAt'): number =>
    (count / ((numberField(times, until) ?? Number.NaN) - began)) * 1000;
  return {
    accepted: perSecond('enqueuedAt'),
    done: perSecond('doneAt'),
    workerUs: (cpuMs / count) * 1000,
  };
}

function rowsOf(speeds: ReadonlyMap<Contestant, readonly Speed[]>): readonly Row[] {
  const rates = new Map(
    [...speeds].map(([{ what }, runs]) => [what, median(runs.map(({ done }) => done))]),
  );
  const ours = rates.get(OURS) ?? Number.NaN;
  const costs = new Map(
    [...speeds].map(([{ what }, runs]) => [what, median(runs.map(({ workerUs }) => workerUs))]),
  );
  const floor = costs.get(FLOOR) ?? Number.NaN;
  return [...speeds].map(([{ what, note }, runs]) => {
    const done = rates.get(what) ?? Number.NaN;
    const isMarked = what === 'plainjob' || what === 'BullMQ';
    const cost = costs.get(what) ?? Number.NaN;
    return {
      what,
      cells: {
        'accepted /s': median(runs.map(({ accepted }) => accepted)),
        'done /s': done,
        'waymark is x': ours / done,
        'worker CPU us each': cost,
        'CPU x directory': cost / floor,
      },
      goals:
        what === OURS
          ? [{ cell: 'CPU x directory', atMost: 3 }]
          : isMarked
            ? [{ cell: 'waymark is x', atLeast: 1 }]
            : [],
      ...(note === undefined ? {} : { note }),
    };
  });
}
