import fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventStamp } from '../../../lib/events/event-id.ts';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { discardDead, listDead, redrive } from '../../../lib/queue/dead-letters.ts';
import { parseDelayedName, parseEntryName } from '../../../lib/queue/entry-name.ts';
import { makeQueueFolder, type QueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { recoverOrphans } from '../../../lib/queue/recover.ts';
import { ack, moveToDead, nack, release } from '../../../lib/queue/acknowledge.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { listFilesBelow, NOW, put, type TestWorker, testWorker, ticking } from './sample-queue.ts';

interface Entry {
  readonly attempts: number;
  /** `held:<worker>` while a worker has it. */
  readonly at: string;
}

/**
 * What should be true: every entry that was made and not finished, where it is, and how often it
 * was claimed.
 */
interface Model {
  readonly entries: Map<string, Entry>;
}

interface HeldWorker extends TestWorker {
  readonly name: string;
  readonly held: ClaimedEntry[];
}

/** The queue, three workers that can die and come back under another name, and a clock. */
interface Real {
  readonly queue: QueueFolder;
  readonly nextStamp: () => EventStamp;
  readonly workers: HeldWorker[];
  now: number;
  born: number;
}

const WORKERS = [0, 1, 2] as const;
const REASON = { code: 'HANDLING_FAILED', reason: 'r', remedy: 'm', attempts: 1 };

function birth(real: Real): HeldWorker {
  real.born += 1;
  const name = `w${real.born}`;
  const worker = testWorker(real.queue, {
    name,
    batchSize: () => 3,
    clock: () => real.now,
    nextStamp: real.nextStamp,
  });
  return { ...worker, name, held: [] };
}

/** Where every file of the queue is, by the random part of its name. */
function census(queue: QueueFolder): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const path of listFilesBelow(dirname(queue.pending))) {
    if (path.endsWith('.reason')) continue;
    const [state = '', ...rest] = path.split('/');
    const file = rest.at(-1) ?? '';
    const name = parseDelayedName(file)?.name ?? parseEntryName(file);
    if (name === undefined) continue; // a foreign file that is not claimed yet
    expect(found.has(name.random), `${name.random} twice`).toBe(false);
    found.set(name.random, {
      attempts: name.attempts,
      at: state === 'processing' ? `held:${rest[0]}` : state,
    });
  }
  return found;
}

/** One kind of step. `run` changes both sides; the base then compares them. */
abstract class Step implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.act(model.entries, real);
    expect(census(real.queue)).toEqual(model.entries);
  }

  protected abstract act(entries: Map<string, Entry>, real: Real): void;
}

class Enqueue extends Step {
  readonly priority: number;

  constructor(priority: number) {
    super();
    this.priority = priority;
  }

  protected override act(entries: Map<string, Entry>, { queue, nextStamp }: Real): void {
    entries.set(put(queue, nextStamp(), this.priority), { attempts: 0, at: 'pending' });
  }

  override toString(): string {
    return `enqueue(${this.priority})`;
  }
}

class Drop extends Step {
  protected override act(_: Map<string, Entry>, { queue, nextStamp }: Real): void {
    writeFileSync(`${queue.pending}/${nextStamp().random}.json`, '{}');
  }

  override toString(): string {
    return 'drop';
  }
}

class Claim extends Step {
  readonly worker: number;

  constructor(worker: number) {
    super();
    this.worker = worker;
  }

  protected override act(entries: Map<string, Entry>, { workers }: Real): void {
    const worker = workers[this.worker];
    const batch = worker?.claimer.next() ?? [];
    for (const { name, foreignName } of batch) {
      const known = entries.get(name.random);
      if (foreignName === undefined) expect(known?.at).toMatch(/^(?:pending|delayed)$/);
      expect(name.attempts).toBe((known?.attempts ?? 0) + 1);
      if (name.attempts > 1) expect(batch).toHaveLength(1);
      entries.set(name.random, { attempts: name.attempts, at: `held:${worker?.name}` });
    }
    worker?.held.push(...batch);
  }

  override toString(): string {
    return `claim(${this.worker})`;
  }
}

type Ending = 'ack' | 'nack' | 'release' | 'moveToDead';

class Settle extends Step {
  readonly worker: number;
  readonly how: Ending;

  constructor(worker: number, how: Ending) {
    super();
    this.worker = worker;
    this.how = how;
  }

  protected override act(entries: Map<string, Entry>, real: Real): void {
    const entry = real.workers[this.worker]?.held.shift();
    if (entry === undefined) return;
    const { random, attempts } = entry.name;
    switch (this.how) {
      case 'ack':
        ack(entry);
        entries.delete(random);
        break;
      case 'nack':
        nack(real.queue, entry, real.now + 10);
        entries.set(random, { attempts, at: 'delayed' });
        break;
      case 'release':
        release(real.queue, entry);
        entries.set(random, { attempts: attempts - 1, at: 'pending' });
        break;
      case 'moveToDead':
        moveToDead(real.queue, entry, REASON, real.now);
        entries.set(random, { attempts, at: 'dead' });
        break;
    }
  }

  override toString(): string {
    return `${this.how}(${this.worker})`;
  }
}

/** SIGKILL: what it held stays where it is, and another worker starts in its place. */
class Crash extends Step {
  readonly worker: number;

  constructor(worker: number) {
    super();
    this.worker = worker;
  }

  protected override act(_: Map<string, Entry>, real: Real): void {
    real.workers[this.worker] = birth(real);
  }

  override toString(): string {
    return `crash(${this.worker})`;
  }
}

class Recover extends Step {
  protected override act(entries: Map<string, Entry>, { queue, workers }: Real): void {
    const living = new Set(workers.map(({ name }) => name));
    const orphans = [...entries].filter(
      ([, { at }]) => at.startsWith('held:') && !living.has(at.slice('held:'.length)),
    );
    expect(recoverOrphans(queue, (name) => living.has(name))).toBe(orphans.length);
    for (const [random, { attempts }] of orphans) entries.set(random, { attempts, at: 'pending' });
  }

  override toString(): string {
    return 'recover';
  }
}

class Dead extends Step {
  readonly how: 'redrive' | 'discard';

  constructor(how: 'redrive' | 'discard') {
    super();
    this.how = how;
  }

  protected override act(entries: Map<string, Entry>, { queue }: Real): void {
    const [letter] = listDead(queue);
    if (letter === undefined) return;
    const random = parseEntryName(letter.file)?.random ?? '';
    if (this.how === 'redrive') {
      redrive(queue, letter.id);
      entries.set(random, { attempts: 0, at: 'pending' });
    } else {
      discardDead(queue, letter.id);
      entries.delete(random);
    }
  }

  override toString(): string {
    return this.how;
  }
}

class Wait extends Step {
  readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  protected override act(_: Map<string, Entry>, real: Real): void {
    real.now += this.ms;
  }

  override toString(): string {
    return `wait(${this.ms})`;
  }
}

const anyWorker = fc.constantFrom(...WORKERS);
const STEPS = [
  fc.integer({ min: 0, max: 9 }).map((priority) => new Enqueue(priority)),
  fc.integer({ min: 0, max: 9 }).map((priority) => new Enqueue(priority)),
  fc.constant(new Drop()),
  anyWorker.map((worker) => new Claim(worker)),
  anyWorker.map((worker) => new Claim(worker)),
  fc
    .tuple(anyWorker, fc.constantFrom<Ending>('ack', 'nack', 'release', 'moveToDead'))
    .map(([worker, how]) => new Settle(worker, how)),
  fc
    .tuple(anyWorker, fc.constantFrom<Ending>('ack', 'nack', 'release', 'moveToDead'))
    .map(([worker, how]) => new Settle(worker, how)),
  anyWorker.map((worker) => new Crash(worker)),
  fc.constant(new Recover()),
  fc.constantFrom(new Dead('redrive'), new Dead('discard')),
  fc.integer({ min: -20, max: 20 }).map((ms) => new Wait(ms)),
];

function start(root: string): { model: Model; real: Real } {
  const queue = queueFolder(root);
  makeQueueFolder(queue);
  const stamps = ticking();
  const real: Real = { queue, nextStamp: stamps, workers: [], now: NOW, born: 0 };
  for (const _ of WORKERS) real.workers.push(birth(real));
  return { model: { entries: new Map() }, real };
}

/** Everybody dies, one worker is left, and all delays pass. */
function drainAll({ queue, workers, nextStamp, now }: Real): number {
  expect(workers).toHaveLength(WORKERS.length);
  recoverOrphans(queue, () => false);
  return testWorker(queue, { name: 'last', clock: () => now + 1_000, nextStamp })
    .drain()
    .flat().length;
}

describe('the queue', () => {
  it('loses nothing, repeats nothing, and counts each attempt, in any order of steps', () => {
    const root = tempFolder();
    let run = 0;
    fc.assert(
      fc.property(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), (steps) => {
        run += 1;
        mkdirSync(`${root}/${run}`);
        const setup = start(`${root}/${run}/queue`);
        fc.modelRun(() => setup, steps);
        const foreign = listFilesBelow(setup.real.queue.pending).filter(
          (path) => !path.includes('/'),
        ).length;
        const alive = [...setup.model.entries.values()].filter(({ at }) => at !== 'dead').length;
        expect(drainAll(setup.real)).toBe(alive + foreign);
      }),
      { numRuns: 80 },
    );
  });
});
