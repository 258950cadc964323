import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { objectField } from '../../../../lib/core/json.ts';
import { LogFollower } from '../../../../lib/worker/watch/log-follower.ts';
import { eventually } from '../../../support/eventually.ts';
import { memoryLog } from '../../../support/memory-log.ts';
import { testHome } from '../../../support/test-home.ts';
import { testStore } from '../../../support/test-store.ts';

function follower(
  settings: {
    readonly isQueueDeep?: () => boolean;
    readonly isStoreOut?: () => boolean;
    readonly refuses?: () => boolean;
  } = {},
) {
  const { folder } = testHome();
  mkdirSync(folder.log, { recursive: true });
  const database = testStore();
  const events: EventEnvelope[] = [];
  const { log, codes } = memoryLog();
  let watchedLogs: readonly string[] = [];
  let rings = 0;
  const follow = new LogFollower({
    ...{
      folder,
      clock: () => 1_790_000_000_000,
      log,
      watchedLogs: () => watchedLogs,
      isQueueDeep: settings.isQueueDeep ?? (() => false),
    },
    database: () => (settings.isStoreOut?.() ? undefined : database),
    deliver: (event) => {
      if (settings.refuses?.()) throw new Error('no space');
      events.push(event);
    },
    ring: () => {
      rings += 1;
    },
  });
  onTestFinished(() => follow.stop());
  return {
    ...{ folder, events, codes, follow },
    rings: () => rings,
    watch: (paths: readonly string[]) => {
      watchedLogs = paths;
    },
    errors: () =>
      events.map(({ payload }) => objectField(payload, 'call')['error'] ?? payload['message']),
  };
}

describe('LogFollower', () => {
  it('reads at its first poll what was written before', () => {
    const { folder, follow, errors, events, rings } = follower();
    writeFileSync(`${folder.log}/failures.log`, 'one\ntwo\n');
    writeFileSync(`${folder.log}/policy-hits.log`, 'push to main\n');
    follow.poll();
    follow.poll();
    expect(errors()).toEqual(['one', 'two', 'push to main']);
    expect(events.map(({ event_type, source }) => `${event_type} ${source}`)).toEqual([
      'task.failed log/failures.log',
      'task.failed log/failures.log',
      'security.policy_violation log/policy-hits.log',
    ]);
    expect(rings()).toBe(2);
  });

  it('sees new lines at once, in a log that did not exist, and after it was rotated', async () => {
    const { folder, follow, errors } = follower();
    const path = `${folder.log}/failures.log`;
    follow.poll();
    appendFileSync(path, 'one\n');
    await eventually('the first line is seen', () => errors().length === 1);
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    appendFileSync(path, 'three\n');
    await eventually('all lines are seen', () => errors().length === 3);
    expect(errors()).toEqual(['one', 'two', 'three']);
  });

  it('watches the logs in the settings, and stops when they are removed', async () => {
    const { folder, follow, errors, watch, codes } = follower();
    const other = `${folder.root}/app/app.log`;
    mkdirSync(`${folder.root}/app`);
    watch([other, 'relative.log', `${folder.log}/worker.log`]);
    follow.poll();
    follow.poll();
    expect(codes()).toEqual(['CONFIG_INVALID', 'CONFIG_INVALID']);
    writeFileSync(other, 'one\n');
    await eventually('the line is seen', () => errors().length === 1);
    watch([]);
    follow.poll();
    appendFileSync(other, 'two\n');
    appendFileSync(`${folder.log}/failures.log`, 'three\n');
    await eventually('the watched log is read', () => errors().includes('three'));
    expect(errors()).toEqual(['one', 'three']);
  });

  it('finds at a poll a folder that was replaced', () => {
    const { folder, follow, errors, watch } = follower();
    mkdirSync(`${folder.root}/app`);
    watch([`${folder.root}/app/app.log`]);
    follow.poll();
    rmSync(`${folder.root}/app`, { recursive: true });
    mkdirSync(`${folder.root}/app`);
    writeFileSync(`${folder.root}/app/app.log`, 'one\n');
    follow.poll();
    expect(errors()).toEqual(['one']);
  });

  it('leaves lines in place while the store is unavailable, the queue is deep, or the disk refuses', async () => {
    let [isStoreOut, isQueueDeep, refuses] = [true, true, true];
    const { folder, follow, errors, codes } = follower({
      isStoreOut: () => isStoreOut,
      isQueueDeep: () => isQueueDeep,
      refuses: () => refuses,
    });
    writeFileSync(`${folder.log}/failures.log`, 'one\n');
    follow.poll();
    isStoreOut = false;
    follow.poll();
    isQueueDeep = false;
    follow.poll();
    expect([errors(), codes()]).toEqual([[], ['LOG_UNREAD']]);
    refuses = false;
    follow.poll();
    expect(errors()).toEqual(['one']);
  });
});
