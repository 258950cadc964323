import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { snapshotEffects } from '../../../lib/snapshots/effect.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { LiveConfig } from '../../../lib/worker/live-config.ts';
import { SnapshotRunner } from '../../../lib/worker/snapshot-runner.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { snapshotScene } from '../../support/snapshot-scene.ts';
import { testEvent } from '../../support/test-event.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T04:49:00Z');

function setUp(settings: Readonly<Record<string, string>> = {}) {
  const scene = snapshotScene();
  const database = testStore();
  const { log, lines } = memoryLog();
  const folder = stateFolderAt(scene.stateRoot);
  const file = folder.configFile;
  const apply = (events: readonly EventEnvelope[]): void =>
    void eventApplier(database, [snapshotEffects], () => NOW)(events);
  const sleeps: number[] = [];
  const start = (): SnapshotRunner =>
    new SnapshotRunner({
      ...{ folder, log, environment: scene.environment, storeAs: apply },
      clock: () => NOW,
      config: new LiveConfig({ file, environment: settings, flags: {}, log }),
      sleep: async (ms) => void sleeps.push(ms),
    });
  const rows = () => database.prepare('SELECT * FROM snapshots ORDER BY at, id').all();
  const happens = (id: string, own: Partial<EventEnvelope> = {}): void =>
    apply([
      testEvent({
        event_id: id,
        payload: { session_id: 's-1', prompt_id: 'p-1', worktree: scene.folder },
        ...own,
      }),
    ]);
  return { scene, database, lines, start, rows, happens, sleeps };
}

it('takes a snapshot for a prompt, which becomes a row', async () => {
  const { scene, database, start, rows, happens } = setUp();
  scene.write('a', 'one');
  happens('evt-1');
  const runner = start();
  runner.request(database, 's-1');
  await runner.whenIdle();
  expect(rows()).toMatchObject([
    {
      ...{ session_id: 's-1', prompt_id: 'p-1', cause: 'prompt', event_id: 'evt-1' },
      ...{ work_tree: scene.folder, added: 1, files: 1, bytes: 3, left_out: 0 },
    },
  ]);
});

it('takes none if nothing changed since one of the same prompt, and another one if something did', async () => {
  const { scene, database, start, rows, happens } = setUp();
  scene.write('a', 'one');
  happens('evt-1');
  const runner = start();
  for (let n = 0; n < 2; n += 1) {
    runner.request(database, 's-1');
    await runner.whenIdle();
    expect(rows()).toHaveLength(1);
  }
  scene.write('a', 'two');
  runner.request(database, 's-1');
  await runner.whenIdle();
  expect(rows()).toHaveLength(2);
});

it('starts one a second in a folder at most, which stands for all that asked before', async () => {
  const { scene, database, start, rows, happens, sleeps } = setUp();
  scene.write('a', 'one');
  const runner = start();
  const ask = (session: string): void => {
    happens(`evt-${session}`, {
      payload: { session_id: session, prompt_id: 'p', worktree: scene.folder },
    });
    runner.request(database, session);
  };
  ask('s-1');
  while (sleeps.length === 0) {
    for (const session of ['s-2', 's-3']) ask(session); // while the first is taken
    await setImmediate();
  }
  await runner.whenIdle();
  expect(rows()).toHaveLength(2);
  expect(sleeps).toContain(1_000);
});

it('takes none when it is off, for an old occasion, outside of git, and after it was closed', async () => {
  const off = setUp({ WAYMARK_SNAPSHOTS: 'false' });
  off.happens('evt-1');
  const on = setUp();
  on.happens('evt-1', { timestamp: '2026-11-22T04:30:00Z' });
  on.happens('evt-2', {
    timestamp: '2026-11-22T04:30:01Z',
    payload: { session_id: 's-2', worktree: null },
  });
  for (const { start, database, rows, lines } of [off, on]) {
    const runner = start();
    runner.request(database, 's-1');
    runner.request(database, 's-2');
    await runner.whenIdle();
    expect([rows(), lines]).toEqual([[], []]);
  }
  const closed = setUp();
  closed.happens('evt-1');
  const runner = closed.start();
  runner.close();
  runner.request(closed.database, 's-1');
  await runner.whenIdle();
  expect(closed.rows()).toEqual([]);
});

it('reports once why it takes none of a folder', async () => {
  const { database, start, happens, lines, rows } = setUp();
  happens('evt-1', { payload: { session_id: 's-1', worktree: '/' } });
  const runner = start();
  for (let n = 0; n < 2; n += 1) {
    runner.request(database, 's-1');
    await runner.whenIdle();
  }
  expect(rows()).toEqual([]);
  expect(lines).toMatchObject([{ level: 'info', code: 'SNAPSHOT_REFUSED' }]);
});

it('records a snapshot that a killed worker took', async () => {
  const { scene, database, start, rows, happens } = setUp();
  scene.write('a', 'one');
  const { snapshot } = await scene.take({ session: 's-9' });
  happens('evt-1');
  const runner = start();
  runner.request(database, 's-1');
  await runner.whenIdle();
  expect(rows().map(({ id }) => id)).toContain(snapshot.id);
  expect(rows()).toHaveLength(2);
});
