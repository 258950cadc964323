import fc from 'fast-check';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import type { QueueFolder } from '../../../lib/queue/queue-folder.ts';
import { ack, moveToDead, nack, release, retryDelay } from '../../../lib/queue/acknowledge.ts';
import {
  contentOf,
  listFilesBelow,
  NOW,
  put,
  putTried,
  sampleQueue,
  testWorker,
  ticking,
} from './sample-queue.ts';

const REASON = {
  code: 'HANDLING_FAILED',
  reason: 'Cannot apply it',
  remedy: 'Try again.',
  attempts: 1,
};

/** One entry, claimed; `T_R` is the middle of its name. */
function claimed(): {
  readonly queue: QueueFolder;
  readonly entry: ClaimedEntry;
  readonly middle: string;
} {
  const queue = sampleQueue();
  const stamp = ticking()();
  put(queue, stamp, 4);
  const [entry] = testWorker(queue).claimer.next();
  if (entry === undefined) throw new Error('Cannot claim the entry that was just made');
  return { queue, entry, middle: `4_${stamp.time}_${stamp.random}` };
}

const everything = (queue: QueueFolder): readonly string[] =>
  listFilesBelow(dirname(queue.pending));

describe('settling', () => {
  it('ack deletes the entry, once or twice', () => {
    const { queue, entry } = claimed();
    ack(entry);
    ack(entry);
    expect(everything(queue)).toEqual([]);
  });

  it('ack reports other errors', () => {
    const { entry } = claimed();
    rmSync(entry.path);
    mkdirSync(entry.path);
    expect(() => ack(entry)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/EISDIR|EPERM/) }),
    );
  });

  it('nack keeps the attempts and the due time', () => {
    const { queue, entry, middle } = claimed();
    nack(queue, entry, NOW + 500);
    expect(everything(queue)).toEqual([`delayed/${NOW + 500}_${middle}.a1.json`]);
  });

  it('release takes the attempt back', () => {
    const { queue, entry, middle } = claimed();
    release(queue, entry);
    expect(everything(queue)).toEqual([`pending/4/${middle}.a0.json`]);
  });

  it('moveToDead puts the reason beside the entry', () => {
    const { queue, entry, middle } = claimed();
    moveToDead(queue, entry, REASON, NOW);
    expect(everything(queue)).toEqual([`dead/${middle}.a1.json`, `dead/${middle}.a1.json.reason`]);
    expect(contentOf(`${queue.dead}/${middle}.a1.json.reason`)).toEqual({
      ...REASON,
      at: '2026-11-22T04:48:32.123Z',
    });
  });

  it('moveToDead works without a reason if it cannot be written: the entry is safe', () => {
    const { queue, entry, middle } = claimed();
    rmSync(queue.tmp, { recursive: true });
    writeFileSync(queue.tmp, '');
    moveToDead(queue, entry, REASON, NOW);
    expect(listFilesBelow(queue.dead)).toEqual([`${middle}.a1.json`]);
  });

  it.each([
    ['nack', (queue: QueueFolder, entry: ClaimedEntry) => nack(queue, entry, NOW), 'delayed'],
    ['release', release, 'pending/4'],
    [
      'moveToDead',
      (queue: QueueFolder, entry: ClaimedEntry) => moveToDead(queue, entry, REASON, NOW),
      'dead',
    ],
  ])('%s makes the folder that it needs', (_, settle, folder) => {
    const { queue, entry } = claimed();
    rmSync(`${dirname(queue.pending)}/${folder}`, { recursive: true });
    settle(queue, entry);
    expect(everything(queue)[0]).toMatch(new RegExp(`^${folder}/`));
  });

  it.each([
    ['nack', (queue: QueueFolder, entry: ClaimedEntry) => nack(queue, entry, NOW)],
    ['release', release],
    [
      'moveToDead',
      (queue: QueueFolder, entry: ClaimedEntry) => moveToDead(queue, entry, REASON, NOW),
    ],
    ['ack', (_: QueueFolder, entry: ClaimedEntry) => ack(entry)],
  ])('%s leaves alone an entry that was recovered from us', (_, settle) => {
    const { queue, entry } = claimed();
    rmSync(entry.path);
    const elsewhere = putTried(`${queue.pending}/4`, ticking()(), 1);
    settle(queue, entry);
    expect(everything(queue)).toHaveLength(1);
    expect(everything(queue)[0]).toContain(elsewhere);
  });

  it('reports a folder that is not one', () => {
    const { queue, entry } = claimed();
    rmSync(queue.delayed, { recursive: true });
    writeFileSync(queue.delayed, '');
    expect(() => nack(queue, entry, NOW)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(readFileSync(entry.path, 'utf8')).toContain('test.made');
  });
});

describe('retryDelay', () => {
  it('doubles, spreads by half, and stays below its cap', () => {
    const cases = fc.record({
      attempts: fc.integer({ min: 1, max: 9_999 }),
      base: fc.integer({ min: 1, max: 3_600_000 }),
      cap: fc.integer({ min: 1, max: 86_400_000 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ attempts, base, cap, random }) => {
        const full = Math.min(cap, base * 2 ** (attempts - 1));
        const delay = retryDelay(attempts, base, cap, () => random);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(delay).toBeLessThanOrEqual(Math.ceil(full));
      }),
    );
  });

  it.each([
    [1, 0, 500],
    [1, 1, 1_000],
    [2, 1, 2_000],
    [5, 0.5, 12_000],
    [30, 1, 300_000],
    [0, 1, 1_000],
  ])('after %i attempts with chance %d is %i ms', (attempts, chance, delay) => {
    expect(retryDelay(attempts, 1_000, 300_000, () => chance)).toBe(delay);
  });
});
