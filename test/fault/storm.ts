import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Programs, ProgramProcess } from '../support/program-process.ts';
import type { WorkerOrder } from '../support/programs/order.ts';
import { eventually } from '../support/eventually.ts';
import { namesIn, readLines, type TestHome } from '../support/test-home.ts';

export interface StormOptions {
  readonly home: TestHome;
  readonly programs: Programs;
  /** Which worker program: the real one, or the one without the guard by id. */
  readonly worker: 'worker' | 'unguardedWorker';
  readonly entries: number;
  /** Longest pause of a producer between two entries, in milliseconds. */
  readonly gapMs: number;
  readonly random: () => number;
  readonly patienceMs: number;
}

export interface StormSummary {
  readonly entries: number;
  readonly workerKills: number;
  /** Those of them that came between a commit and its acknowledgement. */
  readonly killsAfterCommit: number;
  readonly producerKills: number;
  readonly acknowledged: readonly string[];
  readonly seconds: number;
}

export const PRODUCERS = 8;
const WORKERS = 4;

/** A killed worker counts an attempt for all that it held: many kills must not look like poison. */
const FLAGS = {
  recoverInterval: 0.1,
  readTimeout: 0.2,
  readTimeoutMax: 0.2,
  maxAttempts: 1_000,
  batchSize: 64,
  sweepAge: 1,
};

/**
 * Eight producers and four workers, killed at random times and, the first for certain, between commit
 * and acknowledgement, and started again, until every producer has its share acknowledged and nothing waits. Leaves no
 * process behind.
 */
export async function storm({
  home,
  programs,
  worker,
  entries,
  gapMs,
  random,
  patienceMs,
}: StormOptions): Promise<StormSummary> {
  const began = performance.now();
  const below = (n: number): number => Math.floor(random() * n);
  const kills = { worker: 1, producer: 0 };
  const ackFile = (n: number): string => `${home.root}/acknowledged-${n}`;
  const startProducer = (n: number): ProgramProcess =>
    programs.producer({
      home: home.root,
      count: entries / PRODUCERS,
      ackFile: ackFile(n),
      sessionId: `s${n}`,
      gapMs,
    });
  const startWorker = (shared: boolean, diesAtCommit: boolean): ProgramProcess => {
    const order: WorkerOrder = { home: home.root, flags: FLAGS, shared };
    return programs[worker](diesAtCommit ? { ...order, dieAtCommit: 1 + below(8) } : order);
  };
  const producers = Array.from({ length: PRODUCERS }, (_, n) => startProducer(n));
  // chance alone leaves out, now and then, the one moment that matters most
  await programs[worker]({ home: home.root, flags: FLAGS, dieAtCommit: 1 }).exited;
  const workers = Array.from({ length: WORKERS }, (_, n) => startWorker(n > 0, true));
  const isDone = (n: number): boolean => readLines(ackFile(n)).length >= entries / PRODUCERS;
  const areProducersDone = (): boolean => producers.every((_, n) => isDone(n));

  const deadline = Date.now() + patienceMs;
  while (!areProducersDone() || kills.worker <= WORKERS) {
    if (Date.now() > deadline)
      throw new Error(`The producers were not done within ${patienceMs} ms`);
    await sleep(50 + below(200));
    const n = below(PRODUCERS + WORKERS);
    if (n < WORKERS) workers[n]?.kill('SIGKILL');
    else if (below(3) === 0) producers[n - WORKERS]?.kill('SIGKILL');
    for (const [index, process] of workers.entries()) {
      if (process.isRunning) continue;
      kills.worker += 1;
      workers[index] = startWorker(true, below(2) === 0);
    }
    for (const [index, process] of producers.entries()) {
      if (process.isRunning || isDone(index)) continue;
      kills.producer += 1;
      producers[index] = startProducer(index);
    }
  }
  kills.worker += await drain({ home, programs, worker, workers, patienceMs });
  const killsAfterCommit =
    statSync(`${home.root}/killed-after-commit`, { throwIfNoEntry: false })?.size ?? 0;
  const acknowledged = producers.flatMap((_, n) => readLines(ackFile(n)));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return {
    entries,
    workerKills: kills.worker,
    killsAfterCommit,
    producerKills: kills.producer,
    acknowledged,
    seconds,
  };
}

interface DrainOptions extends Pick<StormOptions, 'home' | 'programs' | 'worker' | 'patienceMs'> {
  readonly workers: readonly ProgramProcess[];
}

/**
 * Ends the workers, lets one more finish the rest and clean up without kills, and ends that one,
 * too. @returns how many killed themselves all the same.
 */
async function drain({
  home,
  programs,
  worker,
  workers,
  patienceMs,
}: DrainOptions): Promise<number> {
  for (const process of workers) process.kill('SIGTERM');
  const exits = await Promise.all(workers.map(({ exited }) => exited));
  await sleep(1_100); // sweepAge: what killed producers left in tmp/ is old enough now
  const last = programs[worker]({ home: home.root, flags: FLAGS });
  // a worker that has nothing to do can be asked to end before it has begun: what it clears up
  // tells that it runs; the control clears up nothing
  const isSwept = (): boolean =>
    worker === 'unguardedWorker' || namesIn(home.queue.tmp).length === 0;
  await eventually('the queue is empty and swept', () => home.isQuiet() && isSwept(), patienceMs);
  last.kill('SIGTERM');
  await last.exited;
  return exits.filter(({ signal }) => signal === 'SIGKILL').length;
}
