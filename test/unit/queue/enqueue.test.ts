import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { enqueue } from '../../../lib/queue/enqueue.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { contentOf, listFilesBelow, OPTIONS, sampleQueue, ticking } from './sample-queue.ts';

const stamp = ticking()();
const event = sealEvent(
  { type: 'test.made', priority: 3, payload: { text: 'ü漢' } },
  stamp,
  'test',
);
const NAME = `3_${stamp.time}_${stamp.random}.a0.json`;

describe('enqueue', () => {
  it('writes the complete event into the folder of its priority and returns its name', () => {
    const queue = sampleQueue();
    expect(enqueue(queue, event, stamp, 3, OPTIONS)).toBe(NAME);
    expect(contentOf(`${queue.pending}/3/${NAME}`)).toEqual(event);
    expect(listFilesBelow(dirname(queue.pending))).toEqual([`pending/3/${NAME}`]);
  });

  it('creates a missing queue', () => {
    const queue = queueFolder(`${tempFolder()}/not/made/yet`);
    enqueue(queue, event, stamp, 3, OPTIONS);
    expect(existsSync(`${queue.pending}/3/${NAME}`)).toBe(true);
  });

  it('creates a removed folder again', () => {
    const queue = sampleQueue();
    for (const folder of [queue.tmp, `${queue.pending}/3`]) rmSync(folder, { recursive: true });
    enqueue(queue, event, stamp, 3, OPTIONS);
    expect(existsSync(`${queue.pending}/3/${NAME}`)).toBe(true);
  });

  it('notes the id after its draft exists and before the entry is visible', () => {
    const queue = sampleQueue();
    const seen: unknown[] = [];
    enqueue(queue, event, stamp, 3, {
      ...OPTIONS,
      onCreated: () => seen.push(listFilesBelow(queue.tmp), listFilesBelow(queue.pending)),
    });
    expect(seen).toEqual([[NAME], []]);
  });

  it('refuses an entry above the cap, counted in bytes', () => {
    const queue = sampleQueue();
    const size = Buffer.byteLength(JSON.stringify(event));
    expect(() => enqueue(queue, event, stamp, 3, { ...OPTIONS, entryCap: size - 1 })).toThrow(
      expect.objectContaining({ code: 'ENTRY_TOO_LARGE' }),
    );
    expect(listFilesBelow(dirname(queue.pending))).toEqual([]);
    enqueue(queue, event, stamp, 3, { ...OPTIONS, entryCap: size });
  });

  it('refuses when the folder of that priority is full, and only that one', () => {
    const queue = sampleQueue();
    for (let index = 0; index < 100; index += 1)
      writeFileSync(`${queue.pending}/3/${'x'.repeat(100)}${index}`, '');
    expect(() => enqueue(queue, event, stamp, 3, { ...OPTIONS, queueCap: 100 })).toThrow(
      expect.objectContaining({ code: 'QUEUE_FULL' }),
    );
    expect(readdirSync(queue.tmp)).toEqual([]);
    enqueue(queue, event, stamp, 5, { ...OPTIONS, queueCap: 100 });
    enqueue(queue, event, stamp, 3, { ...OPTIONS, queueCap: 101 });
  });

  it('names the reason when the queue cannot be written, and notes nothing', () => {
    const queue = sampleQueue();
    rmSync(queue.tmp, { recursive: true });
    writeFileSync(queue.tmp, '');
    let notes = 0;
    const options = { ...OPTIONS, onCreated: () => (notes += 1) };
    expect(() => enqueue(queue, event, stamp, 3, options)).toThrow(
      expect.objectContaining({
        code: 'QUEUE_WRITE_FAILED',
        message: expect.stringContaining('ENOTDIR'),
      }),
    );
    expect([notes, listFilesBelow(queue.pending)]).toEqual([0, []]);
  });

  it('names a reason that is not an errno', () => {
    const queue = sampleQueue();
    const onCreated = (): never => {
      throw new Error('no note');
    };
    expect(() => enqueue(queue, event, stamp, 3, { ...OPTIONS, onCreated })).toThrow('no note');
    mkdirSync(`${queue.pending}/3`, { recursive: true });
    expect(listFilesBelow(dirname(queue.pending))).toEqual([]);
  });
});
