import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { eventId, stampSource } from '../../../lib/events/event-id.ts';
import { formatDelayedName } from '../../../lib/queue/entry-name.ts';
import { eventually } from '../../support/eventually.ts';
import { holdStill, isStopped, standStill } from '../../support/stand-still.ts';
import {
  bundlePrograms,
  type ProgramProcess,
  type Programs,
} from '../../support/program-process.ts';
import { namesIn, readLines, testHome, type TestHome } from '../../support/test-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { drain, hook, makePlace, type Place, rowsOf, TOOL_CALL } from '../inject/place.ts';
import { runUnharmed } from '../inject/strace.ts';
import { isLong } from '../inject/sweep.ts';
import { hookViolations, violations } from '../invariants.ts';
import { movedClock, noFakeTime, underClock } from './fake-time.ts';

if (noFakeTime !== undefined) console.log(`skipped: clocks a day off: ${noFakeTime}`);

const FLAGS = {
  readTimeout: 0.2,
  readTimeoutMax: 0.2,
  recoverInterval: 0.1,
  sweepAge: 600,
  heartbeatInterval: 0.1,
};
const NEXT = stampSource(Date.now);

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

async function stopAll(workers: readonly ProgramProcess[]): Promise<void> {
  for (const worker of workers) {
    worker.kill('SIGTERM');
    expect((await worker.exited).code).toBe(0);
  }
}

/** The mark of an entry that is being written right now. */
function makeYoungDraft(home: TestHome): string {
  const draft = `${home.queue.tmp}/5_1700000000000_0123456789abcdef.a0.json`;
  writeFileSync(draft, '{"event_id":');
  return draft;
}

describe.skipIf(noFakeTime !== undefined)(
  'with clocks that are a day off',
  { timeout: 180_000 },
  () => {
    it.each(['-1d', '+1d'] as const)(
      'in half of the producers (-1 day) and the leading worker (%s), nothing is lost, doubled or stuck',
      async (by) => {
        const home = testHome();
        const leader = underClock(by, () => programs.worker({ home: home.root, flags: FLAGS }));
        await eventually('a worker leads', home.hasLeader);
        const workers = [leader, programs.worker({ home: home.root, flags: FLAGS, shared: true })];
        await eventually('both work', () => home.alive().length === 2);
        const draft = makeYoungDraft(home);
        const count = isLong ? 1_000 : 150;
        const files = [0, 1, 2, 3].map((n) => `${home.root}/acknowledged-${n}`);
        const producers = files.map((ackFile, n) => {
          const start = (): ProgramProcess =>
            programs.producer({ home: home.root, count, ackFile, sessionId: `s${n}`, gapMs: 4 });
          return n % 2 === 0 ? underClock('-1d', start) : start();
        });
        for (const producer of producers) expect((await producer.exited).code).toBe(0);
        await eventually('everything arrives', home.isQuiet);
        const acknowledged = files.flatMap(readLines);
        expect(acknowledged).toHaveLength(4 * count);
        expect(new Set(acknowledged.map((id) => id.slice(4, 12))).size, 'days in the ids').toBe(2);
        expect(namesIn(home.queue.tmp), 'the young draft').toHaveLength(1);
        expect(home.logCodes()).not.toContain('ABANDONED_SWEPT');
        expect(home.logCodes()).not.toContain('ORPHANS_RETURNED');
        await stopAll(workers.toReversed());
        renameSync(draft, `${home.root}/draft`);
        expect(home.count("events WHERE type = 'session.prompt_submitted'")).toBe(4 * count);
        expect(violations({ folder: home.folder, acknowledged })).toEqual([]);
      },
    );

    it.each(['-1d', '+1d'] as const)(
      'the throttle neither falls silent nor speaks too often, when one hook of a session is off by %s',
      async (by) => {
        const place = makePlace(tempFolder());
        const moved: Place = { ...place, environment: { ...place.environment, ...movedClock(by) } };
        const call = async (where: Place, nth: number): Promise<void> => {
          expect(
            hookViolations(
              await runUnharmed(
                hook(where, 'post-tool-use', { ...TOOL_CALL, tool_use_id: `t${nth}` }),
              ),
            ),
          ).toEqual([]);
        };
        for (const [nth, where] of [moved, place, moved, place].entries()) await call(where, nth);
        const past = Date.now() / 1000 - 120;
        for (const file of ['due', 'since'])
          utimesSync(`${place.folder.throttle}/s1/${file}`, past, past); // the interval is over
        for (const [nth, where] of [moved, place].entries()) await call(where, 10 + nth);
        expect(await drain(place)).toEqual([]);
        expect(rowsOf(place, 'SELECT id FROM checkpoints')).toHaveLength(2);
        expect(violations({ folder: place.folder, acknowledged: [] })).toEqual([]);
      },
    );
  },
);

describe('an entry that a worker with a wrong clock delayed until tomorrow', () => {
  it('gets its next attempt now', async () => {
    const home = testHome();
    const stamp = NEXT();
    const text = JSON.stringify(
      sealEvent({ type: 'build.failed', priority: 5, payload: {} }, stamp, 'test'),
    );
    writeFileSync(`${home.root}/late`, text);
    renameSync(
      `${home.root}/late`,
      `${home.queue.delayed}/${formatDelayedName(Date.now() + 86_400_000, { ...stamp, priority: 5, attempts: 1 })}`,
    );
    const worker = programs.worker({ home: home.root, flags: FLAGS });
    await eventually('it arrives', () => home.isStored(eventId(stamp)));
    await stopAll([worker]);
    expect(violations({ folder: home.folder, acknowledged: [eventId(stamp)] })).toEqual([]);
  });
});

describe('a worker that is stopped with entries in its hands', { timeout: 180_000 }, () => {
  it('keeps them while another recovers and drains, and finishes them when it goes on', async () => {
    const home = testHome();
    const leader = programs.worker({ home: home.root, flags: FLAGS });
    await eventually('a worker leads', home.hasLeader);
    await standStill(leader, home);
    const others = namesIn(home.queue.processing);
    const ids = Array.from({ length: 3_000 }, (_, n) =>
      home.enqueue({
        ring: false,
        payload: { session_id: 's1', prompt: n === 500 ? 'POISON' : '' },
      }),
    );
    const order = { home: home.root, flags: { ...FLAGS, batchSize: 512 }, shared: true };
    const stopped = programs.worker({ ...order, poison: 'SIGSTOP' });
    await eventually('it stops itself', () => isStopped(stopped));
    const holder = namesIn(home.queue.processing).find((name) => !others.includes(name));
    const held = namesIn(`${home.queue.processing}/${holder}`);
    expect(held.length).toBeGreaterThan(0);
    leader.kill('SIGCONT');
    await eventually(
      'the other drains the rest',
      () =>
        namesIn(`${home.queue.pending}/5`).length === 0 &&
        namesIn(home.queue.processing).length <= 2,
    );
    await sleep(isLong ? 60_000 : 1_500); // many turns of recovery
    expect(namesIn(`${home.queue.processing}/${holder}`)).toEqual(held);
    expect(home.logCodes()).not.toContain('ORPHANS_RETURNED');
    stopped.kill('SIGCONT');
    await eventually('everything arrives', home.isQuiet);
    await stopAll([stopped, leader]);
    expect(violations({ folder: home.folder, acknowledged: ids })).toEqual([]);
  });
});

describe('the watcher of pending/', { timeout: 60_000 }, () => {
  it.each([
    ['its pipe', true, 'event-loop'],
    ['nothing but scans', false, 'polling'],
  ])(
    'whose folder is replaced more often than it restarts is given up, and the heartbeat says so; %s is left, and entries without a ring still arrive',
    async (_what, eventLoop, mode) => {
      const home = testHome();
      const worker = programs.worker({
        home: home.root,
        flags: { ...FLAGS, eventLoop, pollInterval: 100, watcherRestarts: 3 },
      });
      const ids = [home.enqueue()];
      // its first turn takes long: two replacements within one turn count as one
      await eventually('it serves', () => home.isStored(ids[0] ?? ''));
      for (let round = 1; round <= 4; round += 1) {
        await replacePending(home, worker, round);
        ids.push(home.enqueue({ ring: false }));
        await eventually('the entry arrives without a ring', () => home.isStored(ids.at(-1) ?? ''));
      }
      expect(home.logCodes()).toContain('WATCHER_LOST');
      await eventually('the heartbeat says so', () => {
        const beat = JSON.parse(
          readLines(`${home.folder.heartbeat}/${namesIn(home.folder.heartbeat)[0]}`)[0] ?? '{}',
        );
        return beat.watcher?.alive === false && beat.watcher.restarts === 3 && beat.mode === mode;
      });
      ids.push(home.enqueue({ ring: false }));
      await eventually('entries still arrive', () => home.isStored(ids.at(-1) ?? ''));
      await stopAll([worker]);
      expect(violations({ folder: home.folder, acknowledged: ids })).toEqual([]);
    },
  );
});

/** Puts another folder in the place of pending/, while the worker cannot look. */
async function replacePending(
  home: TestHome,
  worker: ProgramProcess,
  round: number,
): Promise<void> {
  await eventually('the queue is quiet', home.isQuiet);
  await holdStill(worker);
  const aside = tempFolder();
  renameSync(home.queue.pending, `${aside}/${round}`);
  for (let priority = 0; priority <= 9; priority += 1)
    mkdirSync(`${home.queue.pending}/${priority}`, { recursive: true });
  worker.kill('SIGCONT');
}
