import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type StateFolder, stateFolderAt } from '../../../lib/core/state-folder.ts';
import { earlierWorkersBlocker } from '../../../lib/worker/earlier-workers.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function setUp(isLeader = true) {
  const root = tempFolder();
  const folder = stateFolderAt(root, {}, [root]);
  for (const path of [folder.wake, folder.heartbeat]) mkdirSync(path, { recursive: true });
  const { log, codes } = memoryLog();
  const migrationBlocker = earlierWorkersBlocker({
    folder,
    version: '2.0.0',
    log,
    isLeader: () => isLeader,
  });
  return { folder, codes, migrationBlocker };
}

/** A worker as others see it: a pipe that is read, and a heartbeat. */
function livingWorker({ wake, heartbeat }: StateFolder, id: string, version?: string) {
  const pipe = `${wake}/${id}`;
  execFileSync('mkfifo', [pipe]);
  const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  let isOpen = true;
  const end = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  onTestFinished(end);
  if (version !== undefined)
    writeFileSync(`${heartbeat}/${id}.json`, JSON.stringify({ id, pid: 1, version }));
  const heard = (): string => {
    const bytes = Buffer.alloc(64);
    try {
      return bytes.toString('utf8', 0, readSync(fd, bytes, 0, 64, null));
    } catch {
      return ''; // nothing in the pipe
    }
  };
  return { end, heard };
}

describe('earlierWorkersBlocker', () => {
  it('gives no reason when no other worker lives', () => {
    expect(setUp().migrationBlocker()).toBeUndefined();
  });

  it('asks a worker of another version once to stop, says so, and waits until it is gone', () => {
    const { folder, codes, migrationBlocker } = setUp();
    const old = livingWorker(folder, 'w1', '1.0.0');
    expect(migrationBlocker()).toContain('worker w1 (1.0.0) still uses it; waiting until it ends');
    expect(old.heard()).toBe('q');
    expect(migrationBlocker()).toContain('w1');
    expect(old.heard(), 'a second request would end it without draining').toBe('');
    expect(codes()).toEqual(['EARLIER_WORKER']);
    old.end();
    expect(migrationBlocker()).toBeUndefined();
  });

  it('leaves a worker of its own version alone: that one cannot have opened such a store', () => {
    const { folder, migrationBlocker } = setUp();
    const other = livingWorker(folder, 'w1', '2.0.0');
    expect(migrationBlocker()).toBeUndefined();
    expect(other.heard()).toBe('');
  });

  it('waits for a worker without a heartbeat, and does not ask it', () => {
    const { folder, migrationBlocker } = setUp();
    const other = livingWorker(folder, 'w1');
    expect(migrationBlocker()).toContain('w1 (version unknown)');
    expect(other.heard()).toBe('');
  });

  it('keeps the store for a worker that does not lead, whoever is alive', () => {
    const { folder, codes, migrationBlocker } = setUp(false);
    expect(migrationBlocker()).toContain('the leader upgrades it');
    const old = livingWorker(folder, 'w1', '1.0.0');
    expect(migrationBlocker()).toContain('worker w1 (1.0.0) still uses it');
    expect(old.heard()).toBe('');
    expect(codes()).toEqual([]);
  });
});
