import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ClaimedEntry, readEntry } from '../../../lib/queue/claimed-entry.ts';
import { claimForeign } from '../../../lib/queue/claim-foreign.ts';
import { parseEntryName } from '../../../lib/queue/entry-name.ts';
import type { QueueFolder } from '../../../lib/queue/queue-folder.ts';
import { NOW, sampleQueue, testWorker, ticking } from './sample-queue.ts';

const MEGABYTE = 1024 * 1024;

/** Makes `path` look as if its writer had left it `ms` before {@link NOW}. */
function leftFor(path: string, ms: number): void {
  utimesSync(path, (NOW - ms) / 1000, (NOW - ms) / 1000);
}

function claimAll(queue: QueueFolder): readonly ClaimedEntry[] {
  return testWorker(queue).claimer.next();
}

describe('a foreign file', () => {
  it.each([
    ['5_backup.json', 5],
    ['0_now.json', 0],
    ['9', 9],
    ['7.json', 7],
    ['backup.json', 5],
    ['12_backup.json', 5],
    ['ü 漢 $(x).json', 5],
    [`${'n'.repeat(240)}.json`, 5],
    ['3_1795322912123_00c0ffee00c0ffee.json', 3],
  ])(
    '%s gets a name of our form with priority %i, and keeps the old one beside it',
    (file, priority) => {
      const queue = sampleQueue();
      rmSync(`${queue.pending}/9`, { recursive: true });
      writeFileSync(`${queue.pending}/${file}`, '{"event_type":"backup.done"}');
      const [entry] = claimAll(queue);
      expect(entry).toMatchObject({
        foreignName: file,
        name: { priority, attempts: 1, time: NOW + 1 },
      });
      expect(entry?.path).toMatch(/\/processing\/w1\/\d_\d{13}_[0-9a-f]{16}\.a1\.json$/);
      expect(readEntry(entry?.path ?? '', MEGABYTE)).toBe('{"event_type":"backup.done"}');
    },
  );

  it('in the folder of a priority is claimed, too', () => {
    const queue = sampleQueue();
    writeFileSync(`${queue.pending}/3/backup.json`, '{}');
    expect(claimAll(queue)).toMatchObject([{ foreignName: 'backup.json' }]);
  });

  it('with a name of our form keeps its identity and its attempts', () => {
    const queue = sampleQueue();
    writeFileSync(`${queue.pending}/3_1795322912123_00c0ffee00c0ffee.a2.json`, '{}');
    const [entry] = claimAll(queue);
    expect(entry).toEqual({
      name: { priority: 3, time: 1_795_322_912_123, random: '00c0ffee00c0ffee', attempts: 3 },
      path: expect.stringMatching(/00c0ffee\.a3\.json$/),
    });
  });

  it('that is hidden is left to its writer', () => {
    const queue = sampleQueue();
    writeFileSync(`${queue.pending}/.backup.json.swp`, '{}');
    writeFileSync(`${queue.pending}/3/.backup.json`, '{}');
    expect(claimAll(queue)).toEqual([]);
  });

  it('in place of a priority folder is removed', () => {
    const queue = sampleQueue();
    rmSync(`${queue.pending}/3`, { recursive: true });
    writeFileSync(`${queue.pending}/3`, 'oops');
    leftFor(`${queue.pending}/3`, 5_000);
    expect(claimAll(queue)).toMatchObject([{ foreignName: '3', name: { priority: 3 } }]);
  });

  it.each(['{"event_type":"backup.do', '', '[1]', 'null', 'text'])(
    'of %j is left alone for two seconds: its writer may not be done',
    (content) => {
      const queue = sampleQueue();
      const path = `${queue.pending}/backup.json`;
      writeFileSync(path, content);
      const worker = testWorker(queue);
      for (const age of [0, 1_999, -1_999]) {
        leftFor(path, age);
        expect([worker.take(), worker.claimer.hasUnfinishedFile]).toEqual([[], true]);
      }
      leftFor(path, 2_000);
      expect([worker.take().length, worker.claimer.hasUnfinishedFile]).toEqual([1, false]);
    },
  );

  it('with a time far ahead has no writer at work', () => {
    const queue = sampleQueue();
    writeFileSync(`${queue.pending}/backup.json`, '');
    leftFor(`${queue.pending}/backup.json`, -86_400_000);
    expect(claimAll(queue)).toHaveLength(1);
  });

  it('is claimed at once when its writer has finished', () => {
    const queue = sampleQueue();
    const path = `${queue.pending}/backup.json`;
    const worker = testWorker(queue);
    writeFileSync(path, '{"event_type":');
    leftFor(path, 0);
    expect(worker.take()).toEqual([]);
    writeFileSync(path, '{"event_type":"a.b"}');
    leftFor(path, 0);
    expect(worker.take()).toHaveLength(1);
    expect(worker.claimer.hasUnfinishedFile).toBe(false);
  });

  it('has one winner', () => {
    const queue = sampleQueue();
    const path = `${queue.pending}/backup.json`;
    writeFileSync(path, '{}');
    const options = {
      holding: testWorker(queue).holding,
      sizeCap: MEGABYTE,
      now: NOW,
      nextStamp: ticking(),
    };
    expect(claimForeign(path, options)).toBeDefined();
    expect(claimForeign(path, options)).toBeUndefined();
  });

  it('that another worker renames first belongs to that worker', () => {
    const queue = sampleQueue();
    const path = `${queue.pending}/backup.json`;
    writeFileSync(path, '{}');
    const nextStamp = () => {
      renameSync(path, `${queue.dead}/backup.json`);
      return ticking()();
    };
    expect(
      claimForeign(path, {
        holding: testWorker(queue).holding,
        sizeCap: MEGABYTE,
        now: NOW,
        nextStamp,
      }),
    ).toBeUndefined();
  });
});

describe('garbage', () => {
  const old = (path: string): void => leftFor(path, 60_000);
  const KINDS: ReadonlyArray<readonly [string, string, (path: string) => unknown]> = [
    [
      'a folder',
      'ENTRY_UNREADABLE',
      (path) => [mkdirSync(path), writeFileSync(`${path}/inside`, '')],
    ],
    ['a link to a file', 'ENTRY_UNREADABLE', (path) => symlinkSync('/etc/hostname', path)],
    ['a link to nowhere', 'ENTRY_UNREADABLE', (path) => symlinkSync('/nowhere', path)],
    ['a pipe without a writer', 'ENTRY_UNREADABLE', (path) => void execFileSync('mkfifo', [path])],
    [
      'bytes that are no text',
      'ENTRY_UNREADABLE',
      (path) => [writeFileSync(path, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), old(path)],
    ],
    [
      '10 MB',
      'ENTRY_TOO_LARGE',
      (path) => [writeFileSync(path, Buffer.alloc(10 * MEGABYTE, 'x')), old(path)],
    ],
    [
      '10 MB of JSON',
      'ENTRY_TOO_LARGE',
      (path) => [writeFileSync(path, JSON.stringify({ x: 'x'.repeat(10 * MEGABYTE) })), old(path)],
    ],
  ];

  it.each(KINDS)(
    '%s is claimed and cannot be read, which is said and never hangs',
    (_, code, drop) => {
      const queue = sampleQueue();
      drop(`${queue.pending}/5_garbage.json`);
      const [entry] = claimAll(queue);
      expect(entry?.foreignName).toBe('5_garbage.json');
      expect(() => readEntry(entry?.path ?? '', MEGABYTE)).toThrow(
        expect.objectContaining({ code }),
      );
      expect(readdirSync(queue.pending).filter((name) => name.includes('garbage'))).toEqual([]);
    },
  );

  it.each(KINDS)('%s under a name of our form is claimed like an entry', (_, code, drop) => {
    const queue = sampleQueue();
    drop(`${queue.pending}/5/5_1795322912123_00c0ffee00c0ffee.a0.json`);
    const [entry] = claimAll(queue);
    expect(parseEntryName(entry?.path.split('/').at(-1) ?? '')).toMatchObject({ attempts: 1 });
    expect(() => readEntry(entry?.path ?? '', MEGABYTE)).toThrow(expect.objectContaining({ code }));
  });

  it('does not reach what a link points to', () => {
    const queue = sampleQueue();
    const target = `${queue.tmp}/precious`;
    writeFileSync(target, '{}');
    symlinkSync(target, `${queue.pending}/5_link.json`);
    const [entry] = claimAll(queue);
    expect(lstatSync(entry?.path ?? '').isSymbolicLink()).toBe(true);
    expect(existsSync(target)).toBe(true);
  });
});
