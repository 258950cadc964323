import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../lib/events/event-id.ts';
import { discardDead, listDead, redrive, showDead } from '../../../lib/queue/dead-letters.ts';
import { listDeadNames } from '../../../lib/queue/depth.ts';
import type { QueueFolder } from '../../../lib/queue/queue-folder.ts';
import { moveToDead } from '../../../lib/queue/acknowledge.ts';
import {
  listFilesBelow,
  NOW,
  put,
  putTried,
  sampleQueue,
  testWorker,
  ticking,
} from './sample-queue.ts';

const REASON = {
  code: 'EVENT_INVALID',
  reason: 'Cannot accept it',
  remedy: 'Mend it.',
  attempts: 1,
};

/** Buries one entry of each stamp. @returns their ids. */
function buryAll(queue: QueueFolder, count: number): readonly string[] {
  const stamp = ticking();
  const ids = Array.from({ length: count }, () => {
    const made = stamp();
    put(queue, made);
    return eventId(made);
  });
  for (const entry of testWorker(queue).claimer.next()) moveToDead(queue, entry, REASON, NOW);
  return ids;
}

describe('dead letters', () => {
  it('are listed with what is known, oldest first', () => {
    const queue = sampleQueue();
    const ids = buryAll(queue, 3);
    expect(listDead(queue).map(({ id }) => id)).toEqual(ids);
    expect(listDead(queue)[0]).toEqual({
      id: ids[0],
      file: expect.stringMatching(/\.a1\.json$/),
      type: 'test.made',
      reason: 'Cannot accept it',
      attempts: 1,
      at: '2026-11-22T04:48:32.123Z',
    });
  });

  it('are listed without a reason if their worker crashed before it wrote one', () => {
    const queue = sampleQueue();
    putTried(queue.dead, ticking()(), 6);
    expect(listDead(queue)).toMatchObject([
      { attempts: 6, reason: 'its worker died before it could write the reason' },
    ]);
    expect(listDead(queue)[0]).not.toHaveProperty('at');
  });

  it('are shown completely', () => {
    const queue = sampleQueue();
    const [id = ''] = buryAll(queue, 2);
    const shown = showDead(queue, id);
    expect(JSON.parse(shown.content)).toMatchObject({ event_id: id });
    expect(JSON.parse(shown.reason)).toMatchObject(REASON);
    expect(showDead(queue, shown.letter.file)).toEqual(shown);
  });

  it('return with zero attempts', () => {
    const queue = sampleQueue();
    const [id = ''] = buryAll(queue, 1);
    expect(redrive(queue, id).id).toBe(id);
    expect(listFilesBelow(dirname(queue.pending))).toEqual([
      expect.stringMatching(/^pending\/5\/5_.*\.a0\.json$/),
    ]);
    expect(testWorker(queue).take()).toHaveLength(1);
  });

  it('return although the folder of their priority is missing', () => {
    const queue = sampleQueue();
    const [id = ''] = buryAll(queue, 1);
    rmSync(queue.pending, { recursive: true });
    redrive(queue, id);
    expect(listFilesBelow(queue.pending)).toHaveLength(1);
  });

  it('return under their own name if it is not in our format', () => {
    const queue = sampleQueue();
    writeFileSync(`${queue.dead}/2_notes.json`, '{"event_type":"a.b"}');
    redrive(queue, '2_notes.json');
    expect(listFilesBelow(queue.pending)).toEqual(['2_notes.json']);
  });

  it('are deleted with their reason', () => {
    const queue = sampleQueue();
    const [first = '', second = ''] = buryAll(queue, 2);
    expect(discardDead(queue, first).id).toBe(first);
    expect(listDead(queue).map(({ id }) => id)).toEqual([second]);
    expect(readdirSync(queue.dead)).toHaveLength(2);
  });

  it.each([showDead, redrive, discardDead])('are not found under another id (%o)', (act) => {
    const queue = sampleQueue();
    buryAll(queue, 1);
    expect(() => act(queue, 'evt_20261122_044832_0000000000000000')).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    expect(listDeadNames(queue)).toHaveLength(1);
  });

  it.each<readonly [string, (path: string) => unknown]>([
    ['a folder', (path) => [mkdirSync(path), writeFileSync(`${path}/inside`, '')]],
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['bytes that are no text', (path) => writeFileSync(path, Buffer.of(0xff, 0xfe))],
    ['17 MB', (path) => writeFileSync(path, Buffer.alloc(17 * 1024 * 1024, 'x'))],
  ])('that are %s are listed, shown and discarded, and never hang', (_, make) => {
    const queue = sampleQueue();
    const file = '5_1795322912123_00c0ffee00c0ffee.a1.json';
    make(`${queue.dead}/${file}`);
    expect(listDead(queue)).toMatchObject([{ id: file, type: 'unknown', attempts: 1 }]);
    expect(showDead(queue, file).content).toBe('');
    discardDead(queue, file);
    expect(readdirSync(queue.dead)).toEqual([]);
  });

  it('are none without a folder', () => {
    const queue = sampleQueue();
    rmSync(queue.dead, { recursive: true });
    expect(listDead(queue)).toEqual([]);
  });
});
