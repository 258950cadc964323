import { existsSync, readdirSync } from 'node:fs';
import { numberField, type JsonObject } from '../../../lib/core/json.ts';
import type { Durability } from '../../../lib/queue/write-entry.ts';
import { ringAll } from '../../../lib/queue/wakeup/ring.ts';
import { prepareBacklog } from '../backlog.ts';
import {
  type BenchHome,
  benchHome,
  isEmpty,
  isNothingHeld,
  removeHome,
  requireAllStored,
  startWorker,
  until,
} from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { startChild } from '../children.ts';
import { monotonicMs } from '../clock.ts';
import { cpuMsOf } from '../process-figures.ts';
import type { ProducerOrder } from '../programs/order.ts';
import { sampleDraft } from '../programs/sample-drafts.ts';
import { sampleEventPayload } from '../sample-payload.ts';
import { median, shuffled } from '../statistics.ts';

const LEVELS: readonly Durability[] = ['none', 'file', 'full'];

/** Enough for the worker's code to be compiled: a small backlog is not to pay for the start. */
const WARM_UP = 3_000;

interface Drain {
  readonly workers: number;
  readonly backlog: number;
}

interface Speed {
  readonly perSecond: number;
  /** CPU time of all workers per event, in microseconds. */
  readonly cpuUs: number;
}

/** Whether more workers, a larger backlog or a safer write make it slower. */
export const scale: Benchmark = {
  name: 'scale',
  title: 'More workers, a larger backlog, a safer write',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  const payload = sampleEventPayload(bench);
  const large = bench.quick ? 10_000 : 100_000;
  const drains = [1, 4].flatMap((workers) =>
    [1_000, large].map((backlog): Drain => ({ workers, backlog })),
  );
  const speeds = new Map<Drain, Speed[]>(drains.map((drain) => [drain, []]));
  for (let round = 0; round < (bench.quick ? 1 : 2); round += 1) {
    for (const drain of shuffled(drains, bench.random)) {
      bench.say(labelOf(drain));
      speeds.get(drain)?.push(...(await drained(bench, payload, drain)));
    }
  }
  return [...drainRows(speeds), ...(await durabilityRows(bench, payload))];
}

/**
 * Events per second of workers that meet a backlog, from the ring until every entry is
 * acknowledged.
 */
async function drained(
  bench: Bench,
  payload: JsonObject,
  { workers, backlog }: Drain,
): Promise<readonly Speed[]> {
  const home = benchHome(bench);
  const running = [await startWorker(bench, home)];
  while (running.length < workers) running.push(await startWorker(bench, home, '--shared'));
  const repeats = backlog <= 1_000 ? (bench.quick ? 3 : 6) : 1;
  const speeds: Speed[] = [];
  const cpuMs = (): number => running.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
  let from = 0;
  for (const count of [WARM_UP, ...Array.from({ length: repeats }, () => backlog)]) {
    const appear = prepareBacklog(home, { payload, count, from });
    const [began, cpuBefore] = [monotonicMs(), cpuMs()];
    appear();
    ringAll(home.folder.wake);
    await isDrained(home);
    if (from > 0)
      speeds.push({
        perSecond: (count / (monotonicMs() - began)) * 1000,
        cpuUs: ((cpuMs() - cpuBefore) / count) * 1000,
      });
    from += count;
  }
  requireAllStored(home, from);
  await Promise.all(running.map((worker) => worker.end()));
  removeHome(home);
  return speeds;

  async function isDrained({ queue }: BenchHome): Promise<void> {
    const folder = `${queue.pending}/${sampleDraft(payload, 0).priority}`;
    const last = `${folder}/${readdirSync(folder).sort().at(-1) ?? ''}`;
    await until('the last entry is claimed', () => !existsSync(last), 120_000);
    await until(
      'every entry is acknowledged',
      () => isEmpty(folder) && isNothingHeld(home),
      120_000,
    );
  }
}

function drainRows(speeds: ReadonlyMap<Drain, readonly Speed[]>): readonly Row[] {
  const rateOf = (workers: number, isLarge: boolean): number =>
    median(
      [...speeds].flatMap(([drain, seen]) =>
        drain.workers === workers && drain.backlog > 1_000 === isLarge
          ? seen.map(({ perSecond }) => perSecond)
          : [],
      ),
    );
  return [...speeds].map(([drain, seen]): Row => {
    const isLarge = drain.backlog > 1_000;
    const rate = rateOf(drain.workers, isLarge);
    const goals: Goal[] = [];
    if (isLarge) goals.push({ cell: 'x 1,000', atLeast: 0.8 });
    if (drain.workers > 1) goals.push({ cell: 'x one worker', atLeast: 1 });
    return {
      what: labelOf(drain),
      cells: {
        'done /s': rate,
        'CPU us each': median(seen.map(({ cpuUs }) => cpuUs)),
        'x 1,000': rate / rateOf(drain.workers, false),
        'x one worker': rate / rateOf(1, isLarge),
      },
      goals,
    };
  });
}

/** What fsync costs a producer, and what the worker makes of it. */
async function durabilityRows(bench: Bench, payload: JsonObject): Promise<readonly Row[]> {
  const count = bench.quick ? 500 : 2_000;
  const seen = new Map<Durability, { readonly accepted: number; readonly done: number }[]>(
    LEVELS.map((level) => [level, []]),
  );
  for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) {
    for (const level of shuffled(LEVELS, bench.random)) {
      bench.say(`durability ${level}`);
      const home = benchHome(bench);
      const worker = await startWorker(bench, home);
      const order: ProducerOrder = {
        home: home.folder.root,
        payload,
        count,
        durability: level,
        everyMs: 0,
      };
      const producer = startChild(
        bench,
        [process.execPath, `${bench.programs}/produce.mjs`, JSON.stringify(order)],
        home.environment,
      );
      const answer = await producer.next();
      await Promise.all([producer.end(), worker.end()]);
      removeHome(home);
      const time = (name: string): number =>
        (numberField(answer, name) ?? Number.NaN) -
        (numberField(answer, 'startedAt') ?? Number.NaN);
      seen.get(level)?.push({
        accepted: (count / time('enqueuedAt')) * 1000,
        done: (count / time('doneAt')) * 1000,
      });
    }
  }
  return [...seen].map(([level, runs]) => {
    const accepted = median(runs.map((run) => run.accepted));
    return {
      what: `durability ${level}`,
      cells: {
        'accepted /s': accepted,
        'ms each': 1000 / accepted,
        'done /s': median(runs.map((run) => run.done)),
      },
    };
  });
}

function labelOf({ workers, backlog }: Drain): string {
  return `${workers === 1 ? 'one worker' : `${workers} workers`}, backlog of ${backlog.toLocaleString('en')}`;
}
