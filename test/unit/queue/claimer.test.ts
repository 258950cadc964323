import { chownSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { QueueFolder } from '../../../lib/queue/queue-folder.ts';
import {
  listFilesBelow,
  NOW,
  put,
  putTried,
  sampleQueue,
  testWorker,
  ticking,
} from './sample-queue.ts';

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('claim order', () => {
  it('is urgent first, then oldest first', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const [low1, high1, low2, high2, urgent] = [
      put(queue, stamp(), 7),
      put(queue, stamp(), 2),
      put(queue, stamp(), 7),
      put(queue, stamp(), 2),
      put(queue, stamp(), 0),
    ];
    expect(testWorker(queue).drain().flat()).toEqual([urgent, high1, high2, low1, low2]);
  });

  it('gives every eighth slot to the oldest entry, whatever its priority', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const [low1, low2] = [put(queue, stamp(), 9), put(queue, stamp(), 9)];
    const high = times(20, () => put(queue, stamp(), 1));
    expect(testWorker(queue).take()).toEqual([
      ...high.slice(0, 7),
      low1,
      ...high.slice(7, 14),
      low2,
      ...high.slice(14),
    ]);
  });

  it('counts slots across batches, so that small batches starve no entry', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const low = put(queue, stamp(), 9);
    const high = times(9, () => put(queue, stamp(), 1));
    expect(
      testWorker(queue, { batchSize: () => 1 })
        .drain()
        .flat(),
    ).toEqual([...high.slice(0, 7), low, ...high.slice(7)]);
  });

  it('lets an urgent entry pass a backlog that was seen before', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    times(10, () => put(queue, stamp(), 5));
    const worker = testWorker(queue, { batchSize: () => 2 });
    worker.take();
    const urgent = put(queue, stamp(), 0);
    expect(worker.take()[0]).toBe(urgent);
  });

  it('does not mix a backlog into batches that others wait for, except in fair slots', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const backlog = times(20, () => put(queue, stamp(), 5));
    const urgent = times(9, () => put(queue, stamp(), 2));
    expect(testWorker(queue).drain()).toEqual([
      [...urgent.slice(0, 7), backlog[0], ...urgent.slice(7)],
      backlog.slice(1),
    ]);
  });

  it('serves a backlog while something urgent precedes each batch', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const [oldest] = times(20, () => put(queue, stamp(), 5));
    const worker = testWorker(queue);
    const taken = times(8, () => {
      put(queue, stamp(), 0);
      return worker.take();
    });
    expect(taken.map((batch) => batch.length)).toEqual([1, 1, 1, 1, 1, 1, 2, 1]);
    expect(taken[6]).toContain(oldest);
  });

  it('uses the current batch size', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    times(7, () => put(queue, stamp()));
    let size = 3;
    const worker = testWorker(queue, { batchSize: () => size });
    expect(worker.take()).toHaveLength(3);
    size = 9;
    expect(worker.take()).toHaveLength(4);
  });

  it('trusts the folder if the name has another priority', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const moved = put(queue, stamp(), 9);
    const other = put(queue, stamp(), 4);
    for (const file of readdirSync(`${queue.pending}/9`))
      renameSync(`${queue.pending}/9/${file}`, `${queue.pending}/1/${file}`);
    const worker = testWorker(queue);
    expect([worker.take(), worker.take()]).toEqual([[moved], [other]]);
    expect(readdirSync(worker.holding).map((file) => file[0])).toEqual(['1', '4']);
  });
});

describe('a claim', () => {
  it('moves the entry to its holder and counts the attempt in its name', () => {
    const queue = sampleQueue();
    const stamp = ticking()();
    put(queue, stamp);
    const [entry] = testWorker(queue).claimer.next();
    expect(entry).toEqual({
      name: { ...stamp, priority: 5, attempts: 1 },
      path: `${queue.processing}/w1/5_${stamp.time}_${stamp.random}.a1.json`,
    });
    expect(listFilesBelow(dirname(queue.pending))).toEqual([
      `processing/w1/5_${stamp.time}_${stamp.random}.a1.json`,
    ]);
  });

  it('has one winner, whatever two workers saw', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const all = times(40, () => put(queue, stamp(), 5));
    const workers = [
      testWorker(queue, { name: 'a', batchSize: () => 3 }),
      testWorker(queue, { name: 'b', batchSize: () => 4 }),
    ] as const;
    const taken = times(20, () => workers.flatMap((worker) => worker.take())).flat();
    expect([...taken].sort()).toEqual([...all].sort());
  });

  it('scans again when everything it saw is gone, and finds what arrived since', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    times(4, () => put(queue, stamp()));
    const slow = testWorker(queue, { name: 'slow', batchSize: () => 1 });
    slow.take();
    testWorker(queue, { name: 'fast' }).drain();
    const late = put(queue, stamp());
    expect(slow.take()).toEqual([late]);
  });

  it('discards what it saw on request', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const all = times(3, () => put(queue, stamp()));
    const worker = testWorker(queue, { batchSize: () => 1 });
    worker.take();
    rmSync(`${queue.pending}/5`, { recursive: true });
    mkdirSync(`${queue.pending}/5`);
    const only = put(queue, ticking(NOW - 1_000)());
    worker.claimer.forget();
    expect(worker.drain()).toEqual([[only]]);
    expect(all).toHaveLength(3);
  });

  it('finds nothing without a queue', () => {
    const queue = sampleQueue();
    const worker = testWorker(queue);
    rmSync(dirname(queue.pending), { recursive: true });
    expect(worker.take()).toEqual([]);
  });

  it('reports that pending/ is not a folder', () => {
    const queue = sampleQueue();
    rmSync(queue.pending, { recursive: true });
    writeFileSync(queue.pending, '');
    expect(() => testWorker(queue).take()).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });
});

describe('entries that were tried before', () => {
  it('are claimed one at a time, fewest attempts first, of these the oldest', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const third = putTried(`${queue.pending}/5`, stamp(), 3);
    const first = putTried(`${queue.pending}/5`, stamp(), 1);
    const due = putTried(queue.delayed, stamp(), 2, `${NOW}_`);
    const firstToo = putTried(`${queue.pending}/5`, stamp(), 1);
    const worker = testWorker(queue);
    expect(worker.drain()).toEqual([[first], [firstToo], [due], [third]]);
    expect(
      readdirSync(worker.holding)
        .map((file) => /\.a(\d)/.exec(file)?.[1])
        .sort(),
    ).toEqual(['2', '2', '3', '4']);
  });

  it('are due if their time is further ahead than any delay: the clock was moved', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const astray = putTried(queue.delayed, stamp(), 1, `${NOW + 86_400_000}_`);
    putTried(queue.delayed, stamp(), 1, `${NOW + 300_000}_`);
    const worker = testWorker(queue, { longestDelay: () => 300_000 });
    expect(worker.drain()).toEqual([[astray]]);
  });

  it('stay where they are until they are due', () => {
    const queue = sampleQueue();
    let now = NOW;
    const late = putTried(queue.delayed, ticking()(), 1, `${NOW + 1}_`);
    const worker = testWorker(queue, { clock: () => now });
    expect(worker.take()).toEqual([]);
    now += 1;
    expect(worker.take()).toEqual([late]);
  });

  it.each([1, 2, 8, 256])(
    'never take more than half of the work, and get their share of it (batches of %i)',
    (batchSize) => {
      const queue = sampleQueue();
      const stamp = ticking();
      const fresh = new Set(times(60, () => put(queue, stamp())));
      times(60, () => putTried(queue.delayed, stamp(), 1, `${NOW}_`));
      const order = testWorker(queue, { batchSize: () => batchSize })
        .drain()
        .flat();
      const lastFresh = order.findLastIndex((random) => fresh.has(random));
      const [retriedBefore, freshBefore] = [
        order.slice(0, lastFresh).filter((random) => !fresh.has(random)).length,
        60,
      ];
      expect(order).toHaveLength(120);
      expect(retriedBefore).toBeLessThanOrEqual(freshBefore);
      if (batchSize < 60) expect(retriedBefore).toBeGreaterThanOrEqual(20);
    },
  );

  it('are never part of a batch', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const tried = new Set(times(10, () => putTried(`${queue.pending}/5`, stamp(), 2)));
    times(10, () => put(queue, stamp()));
    for (const batch of testWorker(queue, { batchSize: () => 4 }).drain())
      if (batch.some((random) => tried.has(random))) expect(batch).toHaveLength(1);
  });
});

describe('foreign files and our own', () => {
  it('alternate, so that neither waits for the other', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    times(4, () => put(queue, stamp()));
    for (let index = 0; index < 4; index += 1)
      writeFileSync(`${queue.pending}/x${index}.json`, '{}');
    const worker = testWorker(queue, { batchSize: () => 2 });
    const kinds = times(5, () =>
      worker.claimer.next().map(({ foreignName }) => foreignName ?? 'own'),
    );
    expect(kinds).toEqual([
      ['x0.json', 'x1.json'],
      ['own', 'own'],
      ['x2.json', 'x3.json'],
      ['own', 'own'],
      [],
    ]);
  });
});

describe('an entry that cannot move', () => {
  /** As another user than root, who owns all but one folder: that one cannot leave its place. */
  function withImmovable(act: (queue: QueueFolder) => void): void {
    const queue = sampleQueue();
    for (const path of [
      dirname(dirname(queue.pending)),
      dirname(queue.pending),
      ...Object.values(queue),
      ...readdirSync(queue.pending).map((name) => `${queue.pending}/${name}`),
    ])
      chownSync(path, 65_534, 65_534);
    mkdirSync(`${queue.pending}/stuck`, { mode: 0o555 });
    mkdirSync(`${queue.pending}/5/5_1795322912000_00c0ffee00c0ffee.a0.json`, { mode: 0o555 });
    onTestFinished(() => process.seteuid?.(0));
    process.seteuid?.(65_534);
    act(queue);
    process.seteuid?.(0);
  }
  const isRoot = process.getuid?.() === 0;

  it.runIf(isRoot)('does not block others', () => {
    withImmovable((queue) => {
      const stamp = ticking();
      const all = times(5, () => put(queue, stamp()));
      const worker = testWorker(queue, { batchSize: () => 2 });
      const taken: string[] = [];
      while (taken.length < 5) taken.push(...worker.take());
      expect(taken).toEqual(all);
    });
  });

  it.runIf(isRoot)('is reported when nothing else is left, without waiting for a writer', () => {
    withImmovable((queue) => {
      const worker = testWorker(queue);
      expect(() => worker.take()).toThrow(expect.objectContaining({ code: 'EACCES' }));
      expect(worker.claimer.hasUnfinishedFile).toBe(false);
      const late = put(queue, ticking()());
      expect(worker.take()).toEqual([late]);
    });
  });
});
