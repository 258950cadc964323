import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EventEnvelope, sealEvent } from '../../../lib/events/envelope.ts';
import type { EventStamp } from '../../../lib/events/event-id.ts';
import { formatEntryName } from '../../../lib/queue/entry-name.ts';
import {
  drainRecovery,
  listRecovery,
  writeToRecovery,
} from '../../../lib/queue/recovery-folder.ts';
import { recoveryAt } from '../../support/recovery.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { contentOf, listFilesBelow, sampleQueue, ticking } from './sample-queue.ts';

const CAP = 65_536;
const nextStamp = ticking();

function sample(priority = 3): {
  readonly stamp: EventStamp;
  readonly event: EventEnvelope;
  readonly name: string;
} {
  const stamp = nextStamp();
  return {
    stamp,
    event: sealEvent({ type: 'test.made', priority, payload: {} }, stamp, 'test'),
    name: formatEntryName({ ...stamp, priority, attempts: 0 }),
  };
}

function keep(recovery: string, priority = 3): string {
  const { stamp, event, name } = sample(priority);
  expect(writeToRecovery(recoveryAt(recovery), event, stamp, priority)).toBe(recovery);
  return name;
}

describe('writeToRecovery', () => {
  it('keeps the event in a folder that is closed to others', () => {
    const recovery = `${tempFolder()}/waymark/home`;
    const { stamp, event, name } = sample();
    expect(writeToRecovery(recoveryAt(recovery), event, stamp, 3)).toBe(recovery);
    expect(contentOf(`${recovery}/${name}.kept`)).toEqual(event);
    expect(
      [recovery, `${recovery}/${name}.kept`].map((path) => statSync(path).mode & 0o777),
    ).toEqual([0o700, 0o600]);
    expect(listFilesBelow(recovery)).toEqual([`${name}.kept`]);
  });

  it('writes under a hidden name first, and writes nothing if it cannot', () => {
    const recovery = `${tempFolder()}/waymark/home`;
    mkdirSync(recovery, { recursive: true, mode: 0o700 });
    writeFileSync(`${recovery}/tmp`, '');
    const { stamp, event } = sample();
    expect(writeToRecovery(recoveryAt(recovery), event, stamp, 3)).toBeUndefined();
    expect(listFilesBelow(recovery)).toEqual(['tmp']);
  });

  it('leaves nothing behind when the last step fails', () => {
    const recovery = `${tempFolder()}/waymark/home`;
    const { stamp, event, name } = sample();
    mkdirSync(`${recovery}/${name}.kept`, { recursive: true, mode: 0o700 });
    expect(writeToRecovery(recoveryAt(recovery), event, stamp, 3)).toBeUndefined();
    expect(listFilesBelow(recovery)).toEqual([]);
  });

  it.each<readonly [string, (recovery: string) => unknown]>([
    ['is open to the group', (recovery) => [mkdirSync(recovery), chmodSync(recovery, 0o750)]],
    ['is open to all', (recovery) => [mkdirSync(recovery), chmodSync(recovery, 0o777)]],
    [
      'is a link',
      (recovery) => [
        mkdirSync(`${recovery}-real`, { mode: 0o700 }),
        symlinkSync(`${recovery}-real`, recovery),
      ],
    ],
    ['is a plain file', (recovery) => writeFileSync(recovery, '')],
  ])('refuses a folder that %s', (_, make) => {
    const recovery = `${tempFolder()}/waymark/home`;
    recoveryAt(recovery);
    make(recovery);
    const { stamp, event } = sample();
    expect(writeToRecovery(recoveryAt(recovery), event, stamp, 3)).toBeUndefined();
    expect(listFilesBelow(dirname(recovery)).filter((path) => path.endsWith('.kept'))).toEqual([]);
    expect(listRecovery(recoveryAt(recovery))).toEqual([]);
  });
});

describe('drainRecovery', () => {
  it('moves everything into the queue, once', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    const names = [keep(recovery, 2), keep(recovery, 5), keep(recovery, 5)];
    expect([...listRecovery(recoveryAt(recovery))].sort()).toEqual(names);
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(3);
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(0);
    expect(listFilesBelow(queue.pending)).toEqual(names.map((name) => `${name[0]}/${name}`));
    expect(listFilesBelow(recovery)).toEqual([]);
  });

  it('leaves other files alone', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    const name = keep(recovery);
    mkdirSync(`${recovery}/said-x`);
    for (const other of ['notes.txt', 'x.kept', `${name}`, `${name}.kept.kept`])
      writeFileSync(`${recovery}/${other}`, '{}');
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(1);
    expect(readdirSync(recovery).sort()).toEqual(
      ['notes.txt', 'said-x', 'tmp', 'x.kept', `${name}`, `${name}.kept.kept`].sort(),
    );
  });

  it('takes nothing from a folder that is open to others', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    keep(recovery);
    chmodSync(recovery, 0o770);
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(0);
    expect(listFilesBelow(queue.pending)).toEqual([]);
  });

  it('finds nothing where there is no folder', () => {
    expect(drainRecovery(recoveryAt(`${tempFolder()}/waymark/home`), sampleQueue(), CAP)).toBe(0);
  });

  it('does not stop at an entry that is unreadable or too large', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    mkdirSync(recovery, { recursive: true, mode: 0o700 });
    mkdirSync(`${recovery}/${sample().name}.kept`);
    writeFileSync(`${recovery}/${sample().name}.kept`, 'x'.repeat(CAP + 1));
    const name = keep(recovery);
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(1);
    expect(listFilesBelow(queue.pending)).toEqual([`3/${name}`]);
  });

  it('moves what another worker crashed over, and leaves its draft to the sweep', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    const name = keep(recovery);
    for (const draft of [name, `${name}.1`]) writeFileSync(`${queue.tmp}/${draft}`, '{"event_');
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(1);
    expect(listFilesBelow(queue.pending)).toEqual([`3/${name}`]);
    expect(listRecovery(recoveryAt(recovery))).toEqual([]);
  });

  it('does not stop at an entry that another worker is moving', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    const [moving, name] = [keep(recovery), keep(recovery)];
    writeFileSync(`${queue.tmp}/${moving}.${process.pid}`, '');
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(1);
    expect(listFilesBelow(queue.pending)).toEqual([`3/${name}`]);
    expect(existsSync(`${recovery}/${moving}.kept`)).toBe(true);
  });

  it('stops where the queue still refuses, and loses nothing', () => {
    const [recovery, queue] = [`${tempFolder()}/waymark/home`, sampleQueue()];
    keep(recovery);
    keep(recovery);
    rmSync(queue.tmp, { recursive: true });
    writeFileSync(queue.tmp, '');
    expect(drainRecovery(recoveryAt(recovery), queue, CAP)).toBe(0);
    expect(listRecovery(recoveryAt(recovery))).toHaveLength(2);
  });
});
