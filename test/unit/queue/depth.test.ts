import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { queueDepth, listQueuedRandoms } from '../../../lib/queue/depth.ts';
import { nextDue } from '../../../lib/queue/pending-scan.ts';
import { NOW, put, putTried, sampleQueue, testWorker, ticking } from './sample-queue.ts';

describe('queueDepth', () => {
  it('counts the entries of each state, including foreign ones, without reasons', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    put(queue, stamp(), 9);
    put(queue, stamp(), 0);
    writeFileSync(`${queue.pending}/backup.json`, '{}');
    for (const folder of [queue.delayed, queue.delayed, queue.delayed])
      putTried(folder, stamp(), 1, `${NOW}_`);
    putTried(testWorker(queue).holding, stamp(), 1);
    writeFileSync(`${queue.dead}/x.json`, '');
    writeFileSync(`${queue.dead}/x.json.reason`, '');
    expect(queueDepth(queue)).toEqual({
      pending: 3,
      delayed: 3,
      processing: 1,
      dead: 1,
      oldestAt: NOW + 1,
    });
  });

  it('is 0 without a queue', () => {
    const queue = sampleQueue();
    rmSync(dirname(queue.pending), { recursive: true });
    expect(queueDepth(queue)).toEqual({ pending: 0, delayed: 0, processing: 0, dead: 0 });
  });
});

describe('listQueuedRandoms', () => {
  it('names everything that waits or is in processing', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const alive = [
      put(queue, stamp()),
      putTried(queue.delayed, stamp(), 1, `${NOW}_`),
      putTried(testWorker(queue).holding, stamp(), 1),
    ];
    putTried(queue.dead, stamp(), 6);
    expect(listQueuedRandoms(queue)).toEqual(new Set(alive));
  });
});

describe('nextDue', () => {
  it('is the earliest time in delayed/, whatever else it contains', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    expect(nextDue(queue)).toBeUndefined();
    writeFileSync(`${queue.delayed}/notes.txt`, '');
    for (const due of [NOW + 5, NOW - 5, NOW + 1]) putTried(queue.delayed, stamp(), 1, `${due}_`);
    expect(nextDue(queue)).toBe(NOW - 5);
  });
});
