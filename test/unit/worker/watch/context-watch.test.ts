import { appendFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChangeCount, WatchedProject } from '../../../../lib/features/context/table.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import {
  ContextWatch,
  type ContextWatchParts,
} from '../../../../lib/worker/watch/context-watch.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { contextHome, SESSION } from '../../features/context/context-home.ts';

function scene(own: Partial<ContextWatchParts> = {}) {
  const home = contextHome();
  const transcript = `${tempFolder()}/${SESSION}.jsonl`;
  writeFileSync(transcript, 'one line\n');
  const reads: string[] = [];
  let processed = 0;
  const activity = {
    roots: new Set<string>(),
    counts: [] as ChangeCount[],
    bursts: new Set<string>(),
    isClosed: false,
    watch(projects: ReadonlySet<string>) {
      activity.roots = new Set(projects);
    },
    watched: (): readonly WatchedProject[] =>
      [...activity.roots].map((project) => ({ project, folders: 1, isCut: false, trouble: null })),
    takeCounts: () => activity.counts.splice(0),
    takeBursts: () => {
      const bursts = activity.bursts;
      activity.bursts = new Set();
      return bursts;
    },
    close() {
      activity.isClosed = true;
    },
  };
  const watch = new ContextWatch({
    clock: home.clock,
    database: () => home.database,
    readSession: (_database, session) => {
      reads.push(session);
      return Promise.resolve({ more: false });
    },
    processed: () => processed,
    intervalMs: () => 30_000,
    watchedPaths: () => [],
    activity,
    areNeedlesWritten: () => true,
    once: false,
    ...own,
  });
  const event = (type: string, payload = {}): void => {
    processed += 1;
    home.event(type, { transcript_path: transcript, ...payload });
  };
  return { ...home, transcript, reads, activity, watch, event };
}

describe('ContextWatch', () => {
  it('wants no step, watches nothing and reads nothing while no session is active', async () => {
    const { watch, reads, activity, event, advance } = scene();
    expect(await watch.step()).toBeUndefined();
    event('session.started');
    event('session.ended');
    expect(await watch.step(), 'a look a moment later').toBe(1_000);
    advance(1_000);
    expect(await watch.step()).toBeUndefined();
    expect([reads, activity.roots]).toEqual([[], new Set()]);
  });

  it('reads the transcript of an active session once per interval, when it has changed', async () => {
    const { watch, reads, event, advance, transcript } = scene();
    event('session.started');
    expect(await watch.step()).toBe(30_000);
    expect(reads).toEqual([SESSION]);
    advance(29_000);
    expect(await watch.step()).toBe(1_000);
    advance(1_000);
    expect(await watch.step()).toBe(30_000);
    expect(reads, 'nothing new in it').toEqual([SESSION]);
    appendFileSync(transcript, 'another\n');
    advance(30_000);
    await watch.step();
    expect(reads).toEqual([SESSION, SESSION]);
  });

  it('reads at once on a burst of file changes', async () => {
    const { watch, reads, event, advance, transcript, activity } = scene();
    event('session.started');
    await watch.step();
    appendFileSync(transcript, 'another\n');
    advance(2_000);
    await watch.step();
    expect(reads).toEqual([SESSION]);
    activity.bursts.add('/nowhere/shop');
    await watch.step();
    expect(reads).toEqual([SESSION, SESSION]);
  });

  it('reads a long transcript to its end, and lets entries go first', async () => {
    const answers = [true, true, false];
    let reads = 0;
    const { watch, event } = scene({
      readSession: () => {
        reads += 1;
        return Promise.resolve({ more: answers.shift() ?? false });
      },
    });
    event('session.started');
    expect([await watch.step(), await watch.step(), await watch.step()]).toEqual([0, 0, 30_000]);
    expect(reads).toBe(3);
  });

  it('watches the folders of active sessions, or configured ones, and stops after the last session', async () => {
    const set: string[] = [];
    const { watch, event, advance, activity, database } = scene({ watchedPaths: () => set });
    event('session.started');
    await watch.step();
    expect(activity.roots).toEqual(new Set(['/nowhere/shop']));
    expect(database.prepare('SELECT project FROM watched_projects').all()).toEqual([
      { project: '/nowhere/shop' },
    ]);
    set.push('/set/here');
    advance(30_000);
    await watch.step();
    expect(activity.roots).toEqual(new Set(['/set/here']));
    event('session.ended');
    advance(30_000);
    expect(await watch.step()).toBeUndefined();
    expect(activity.roots).toEqual(new Set());
    expect(database.prepare('SELECT project FROM watched_projects').all()).toEqual([]);
  });

  it('adds up file changes, and refreshes the views of those sessions', async () => {
    const { watch, event, activity, database, clock, refresh, answer } = scene();
    event('session.started');
    answer(10_000);
    await watch.step();
    database.exec('DELETE FROM refreshes');
    const minute = clock() - (clock() % 60_000);
    for (let n = 0; n < 2; n += 1) {
      activity.counts.push(
        { project: '/nowhere/shop', minute, kind: 'modified', count: 3 },
        { project: '/nowhere/shop', minute, kind: 'moved', count: 1 },
      );
      await watch.step();
    }
    expect(listDueRefreshes(database, 9)).toMatchObject([{ kind: 'context', key: SESSION }]);
    expect(refresh()?.['activity']).toEqual({
      created: 0,
      modified: 6,
      deleted: 0,
      moved: 2,
      lastAt: minute,
    });
  });

  it.each([
    ['asks for them if the file lacks some', false],
    ['leaves them alone if they are as they should be', true],
  ])(
    'compares the needles with the file of the gate once per interval, and %s',
    async (_what, areWritten) => {
      const { watch, event, advance, database } = scene({ areNeedlesWritten: () => areWritten });
      event('session.started');
      await watch.step();
      database.exec('DELETE FROM refreshes');
      advance(30_000);
      await watch.step();
      const asked = listDueRefreshes(database, 9).map(({ kind }) => kind);
      expect(asked).toEqual(areWritten ? [] : ['needles']);
    },
  );

  it('continues after the clock stepped back, and does nothing when the worker only drains or the store is unavailable', async () => {
    const { watch, event, advance } = scene();
    event('session.started');
    await watch.step();
    advance(-600_000);
    expect(await watch.step()).toBeLessThanOrEqual(30_000);
    const drained = scene({ once: true });
    drained.event('session.started');
    expect(await drained.watch.step()).toBeUndefined();
    const out = scene({ database: () => undefined });
    out.event('session.started');
    expect(await out.watch.step()).toBeUndefined();
    expect([drained.reads, out.reads]).toEqual([[], []]);
  });
});
