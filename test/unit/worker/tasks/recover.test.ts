import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../../../../lib/queue/wakeup/listen.ts';
import { recover } from '../../../../lib/worker/tasks/recover.ts';
import { memoryLog } from '../../../support/memory-log.ts';
import { makeRecovery, recoveryPath } from '../../../support/recovery.ts';
import { namesIn, testHome } from '../../../support/test-home.ts';

const NOTHING = { onRing: () => undefined, onQuit: () => undefined, onError: () => undefined };

function setUp() {
  const home = testHome();
  const { folder, queue } = home;
  makeRecovery(folder.recovery);
  for (const path of [folder.wake, folder.heartbeat])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  const { log, codes } = memoryLog();
  const run = (): void => recover({ folder, queue, me: () => 'me', entryCap: () => 65_536, log });
  const hold = (worker: string, name: string): void => {
    mkdirSync(`${queue.processing}/${worker}`, { recursive: true });
    writeFileSync(`${queue.processing}/${worker}/${name}`, '{}');
  };
  const live = (worker: string): void => {
    const listener = listen(folder.wake, worker, NOTHING);
    onTestFinished(() => listener.close());
  };
  return { ...home, run, hold, live, codes };
}

const ENTRY = '4_1700000000000_00000000000000aa.a2.json';

describe('recover', () => {
  it('returns what a dead worker held, with its attempts, and deletes its traces', () => {
    const { run, hold, folder, queue, codes } = setUp();
    hold('dead', ENTRY);
    execFileSync('mkfifo', [`${folder.wake}/dead`]);
    writeFileSync(`${folder.heartbeat}/dead.json`, '{"id":"dead","pid":1}');
    run();
    expect(namesIn(`${queue.pending}/4`)).toEqual([ENTRY]);
    expect([
      ...namesIn(queue.processing),
      ...namesIn(folder.wake),
      ...namesIn(folder.heartbeat),
    ]).toEqual([]);
    expect(codes()).toEqual(['ORPHANS_RETURNED']);
  });

  it('deletes what hooks noted outside for a session that is a week old, after the events there were read', () => {
    const { run, folder } = setUp();
    const recovery = recoveryPath(folder.recovery);
    const longAgo = Date.now() / 1_000 - 8 * 86_400;
    for (const session of ['throttle/old', 'throttle/new', 'said-old', 'said-new']) {
      mkdirSync(`${recovery}/${session}`, { recursive: true, mode: 0o700 });
      writeFileSync(`${recovery}/${session}/said-HOME_UNUSABLE`, '');
      if (session.endsWith('old')) utimesSync(`${recovery}/${session}`, longAgo, longAgo);
    }
    writeFileSync(`${recovery}/${ENTRY}.kept`, '{}');
    run();
    expect([...namesIn(recovery), ...namesIn(`${recovery}/throttle`)].sort()).toEqual([
      'new',
      'said-new',
      'throttle',
    ]);
  });

  it('reports a worker that died, and keeps its heartbeat until the report is stored', () => {
    const { folder, queue } = setUp();
    writeFileSync(`${folder.heartbeat}/dead.json`, '{"id":"dead","pid":7}');
    writeFileSync(`${folder.heartbeat}/draft.json.12`, '{');
    const told: unknown[] = [];
    const parts = { folder, queue, me: () => 'me', entryCap: () => 65_536, log: memoryLog().log };
    recover({ ...parts, onDied: ({ id, pid }) => told.push([id, pid]) > 1 });
    expect(namesIn(folder.heartbeat)).toEqual(['dead.json']);
    recover({ ...parts, onDied: ({ id, pid }) => told.push([id, pid]) > 1 });
    expect(namesIn(folder.heartbeat)).toEqual([]);
    expect(told).toEqual([
      ['dead', 7],
      ['dead', 7],
    ]);
  });

  it('leaves the pipe of a worker that starts alone, also when its own clock is a day off', () => {
    const { run, folder } = setUp();
    execFileSync('mkfifo', [`${folder.wake}/.starting`]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    onTestFinished(() => void vi.useRealTimers());
    run();
    expect(namesIn(folder.wake)).toEqual(['.starting']);
  });

  it('leaves a living worker alone, and itself even without a pipe', () => {
    const { run, hold, live, folder, queue } = setUp();
    live('alive');
    for (const worker of ['alive', 'me']) {
      hold(worker, ENTRY);
      writeFileSync(`${folder.heartbeat}/${worker}.json`, `{"id":"${worker}"}`);
    }
    run();
    expect(namesIn(`${queue.pending}/4`)).toEqual([]);
    expect(namesIn(queue.processing)).toHaveLength(2);
    expect(namesIn(folder.heartbeat)).toHaveLength(2);
    expect(namesIn(folder.wake)).toEqual(['alive']);
  });

  it('reads what hooks kept when the queue refused it', () => {
    const { run, folder, queue, codes } = setUp();
    writeFileSync(
      `${recoveryPath(folder.recovery)}/3_1700000000000_00000000000000aa.a0.json.kept`,
      '{"event_type":"build.failed"}',
    );
    run();
    expect(namesIn(`${queue.pending}/3`)).toEqual(['3_1700000000000_00000000000000aa.a0.json']);
    expect(namesIn(recoveryPath(folder.recovery))).toEqual([]);
    expect(codes()).toEqual(['RECOVERY_READ']);
  });

  it('deletes old marks of autostart and pipes of crashed makers, and keeps new ones', () => {
    const { run, folder } = setUp();
    const old = Date.now() / 1000 - 120;
    execFileSync('mkfifo', [`${folder.wake}/.half-made`, `${folder.wake}/.in-the-making`]);
    writeFileSync(`${folder.wake}/.start-1`, '');
    writeFileSync(`${folder.wake}/.start-2`, '');
    for (const name of ['.half-made', '.start-1']) utimesSync(`${folder.wake}/${name}`, old, old);
    run();
    expect([...namesIn(folder.wake)].sort()).toEqual(['.in-the-making', '.start-2']);
  });

  it('works without a queue', () => {
    const { run, folder, queue } = setUp();
    execFileSync('rm', ['-r', folder.queue]);
    expect(run).not.toThrow();
    expect(namesIn(queue.processing)).toEqual([]);
  });
});
