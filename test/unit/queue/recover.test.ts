import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recoverOrphans, removeEmptyFolder, sweepAbandoned } from '../../../lib/queue/recover.ts';
import {
  listFilesBelow,
  NOW,
  put,
  putTried,
  sampleQueue,
  testWorker,
  ticking,
} from './sample-queue.ts';

const nobody = (): boolean => false;

describe('recoverOrphans', () => {
  it('returns what dead workers held, with their attempts, and deletes their folders', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const held = putTried(testWorker(queue, { name: 'dead' }).holding, stamp(), 3);
    expect(recoverOrphans(queue, nobody)).toBe(1);
    expect(listFilesBelow(queue.pending)).toEqual([
      expect.stringMatching(new RegExp(`^5/5_\\d{13}_${held}\\.a3\\.json$`)),
    ]);
    expect(readdirSync(queue.processing)).toEqual([]);
    expect(testWorker(queue).take()).toEqual([held]);
  });

  it('keeps what living workers hold', () => {
    const queue = sampleQueue();
    putTried(testWorker(queue, { name: 'alive' }).holding, ticking()(), 1);
    putTried(testWorker(queue, { name: 'dead' }).holding, ticking(NOW + 9)(), 1);
    expect(recoverOrphans(queue, (worker) => worker === 'alive')).toBe(1);
    expect(listFilesBelow(`${queue.processing}`)).toEqual([expect.stringMatching(/^alive\//)]);
  });

  it('gives two leaders at once the same result as one', () => {
    const queue = sampleQueue();
    const stamp = ticking();
    const { holding } = testWorker(queue, { name: 'dead' });
    for (let index = 0; index < 6; index += 1) putTried(holding, stamp(), 1);
    let inner = 0;
    const meanwhile = (worker: string): boolean => {
      if (inner === 0) {
        inner = -1;
        inner = recoverOrphans(queue, nobody);
      }
      return worker === '';
    };
    expect(recoverOrphans(queue, meanwhile) + inner).toBe(6);
    expect(listFilesBelow(queue.pending)).toHaveLength(6);
  });

  it('creates the missing folder of a priority', () => {
    const queue = sampleQueue();
    putTried(testWorker(queue, { name: 'dead' }).holding, ticking()(), 1);
    rmSync(queue.pending, { recursive: true });
    expect(recoverOrphans(queue, nobody)).toBe(1);
    expect(listFilesBelow(queue.pending)).toHaveLength(1);
  });

  it('returns a foreign file to where foreign files are', () => {
    const queue = sampleQueue();
    writeFileSync(`${testWorker(queue, { name: 'dead' }).holding}/notes.txt`, '');
    expect(recoverOrphans(queue, nobody)).toBe(1);
    expect(listFilesBelow(queue.pending)).toEqual(['notes.txt']);
  });

  it('reports an entry that cannot move after all others have moved', () => {
    const queue = sampleQueue();
    const { holding } = testWorker(queue, { name: 'dead' });
    writeFileSync(`${holding}/3`, ''); // pending/3 is a folder
    const held = putTried(holding, ticking()(), 1);
    expect(() => recoverOrphans(queue, nobody)).toThrow(
      expect.objectContaining({ code: 'EISDIR' }),
    );
    expect(listFilesBelow(queue.pending)[0]).toContain(held);
    expect(readdirSync(holding)).toEqual(['3']);
  });

  it('skips what is not a folder of a worker', () => {
    const queue = sampleQueue();
    writeFileSync(`${queue.processing}/stray`, '');
    expect(recoverOrphans(queue, nobody)).toBe(0);
    rmSync(queue.processing, { recursive: true });
    expect(recoverOrphans(queue, nobody)).toBe(0);
  });
});

describe('sweepAbandoned', () => {
  it('deletes what is older than the age, and returns its names', () => {
    const queue = sampleQueue();
    for (const [name, age] of [
      ['old', 1_000],
      ['young', 999],
      ['ahead', -86_400_000],
    ] as const) {
      writeFileSync(`${queue.tmp}/${name}`, '');
      utimesSync(`${queue.tmp}/${name}`, (NOW - age) / 1000, (NOW - age) / 1000);
    }
    expect(sweepAbandoned(queue, NOW, 1_000)).toEqual(['old']);
    expect(readdirSync(queue.tmp).sort()).toEqual(['ahead', 'young']);
  });

  it('deletes a dangling link, and skips a folder', () => {
    const queue = sampleQueue();
    symlinkSync('/nowhere', `${queue.tmp}/link`);
    mkdirSync(`${queue.tmp}/folder`);
    expect(sweepAbandoned(queue, Date.now() + 60_000, 1_000)).toEqual(['link']);
    expect(readdirSync(queue.tmp)).toEqual(['folder']);
  });

  it('does nothing without tmp/, and touches nothing else', () => {
    const queue = sampleQueue();
    put(queue, ticking()());
    rmSync(queue.tmp, { recursive: true });
    expect(sweepAbandoned(queue, Date.now() + 1e9, 0)).toEqual([]);
    expect(listFilesBelow(dirname(queue.pending))).toHaveLength(1);
  });
});

describe('removeEmptyFolder', () => {
  it('removes an empty folder and no other', () => {
    const queue = sampleQueue();
    put(queue, ticking()(), 3);
    for (const folder of [`${queue.pending}/3`, `${queue.pending}/4`, '/nowhere'])
      removeEmptyFolder(folder);
    expect([existsSync(`${queue.pending}/3`), existsSync(`${queue.pending}/4`)]).toEqual([
      true,
      false,
    ]);
  });
});
