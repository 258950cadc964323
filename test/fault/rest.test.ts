import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { testHome, type TestHome } from '../support/test-home.ts';

/**
 * It may rest soon after the last work, and looks at files only long after the patience of a test.
 */
const RESTS_SOON = { readTimeout: 0.3, readTimeoutMax: 600, heartbeatInterval: 0.1 };

/**
 * A heartbeat that is fresh for longer than this is the one that a worker writes before it rests.
 */
const LONG_MS = 5 * 60_000;

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

function isResting(home: TestHome): boolean {
  return readHeartbeats(home.folder.heartbeat).some(
    ({ leader, freshUntil, timestamp }) =>
      leader && Date.parse(freshUntil) - Date.parse(timestamp) > LONG_MS,
  );
}

function iterations(home: TestHome): number {
  return Number(readHeartbeats(home.folder.heartbeat)[0]?.body['iteration'] ?? 0);
}

describe('a worker that rests', () => {
  it('rests again after a burst', async () => {
    const home = testHome();
    programs.worker({ home: home.root, flags: RESTS_SOON });
    await eventually('it rests', () => isResting(home));
    const ids = Array.from({ length: 300 }, () => home.enqueue());
    await eventually('the burst is stored', () => ids.every((id) => home.isStored(id)));
    await eventually('it rests again', () => isResting(home) && home.isQuiet());
    const before = iterations(home);
    const id = home.enqueue();
    await eventually('the next entry is stored', () => home.isStored(id));
    await eventually('it rests once more', () => isResting(home) && iterations(home) > before);
  });

  it('notices an entry whose ring was lost', async () => {
    const home = testHome();
    programs.worker({ home: home.root, flags: RESTS_SOON });
    await eventually('it rests', () => isResting(home));
    const id = home.enqueue({ ring: false });
    await eventually('the entry is stored', () => home.isStored(id));
  });

  it('requeues what a worker held that died meanwhile', async () => {
    const home = testHome();
    const flags = { ...RESTS_SOON, readTimeoutMax: 1, recoverInterval: 0.2 };
    programs.worker({ home: home.root, flags });
    await eventually('it rests', () => isResting(home));
    const held = `${home.queue.processing}/wdead`;
    mkdirSync(held);
    writeFileSync(`${home.root}/held`, '{"event_type":"build.failed"}');
    renameSync(`${home.root}/held`, `${held}/5_1700000000000_00000000000000aa.a1.json`);
    await eventually(
      'the entry is stored',
      () => home.count("events WHERE type = 'build.failed'") === 1,
    );
    await eventually('it rests again', () => isResting(home) && home.isQuiet());
    expect(home.logCodes()).toContain('ORPHANS_RETURNED');
  });

  it('does not rest while another worker holds entries', async () => {
    const home = testHome();
    const held = `${home.queue.processing}/wdead`;
    programs.worker({
      home: home.root,
      flags: { ...RESTS_SOON, readTimeoutMax: 0.3, recoverInterval: 600 },
    });
    await eventually('it rests', () => isResting(home)); // recovery had its turn
    mkdirSync(held);
    const id = home.enqueue();
    await eventually('it worked', () => home.isStored(id));
    await eventually('it says so', () => !isResting(home));
    const before = iterations(home);
    await eventually('it turns on', () => iterations(home) > before + 4);
    expect(isResting(home)).toBe(false);
  });
});
