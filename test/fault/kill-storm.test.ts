import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countEffects, effectsRun } from '../support/count-effects.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';
import { storm } from './storm.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';
const entries = isLong ? 10_000 : 2_000;
const patienceMs = isLong ? 300_000 : 50_000;

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** How often an effect came on top of the first for its event. */
function doubled(home: TestHome): number {
  return (
    effectsRun(home) -
    Number(
      home.rows("SELECT count(*) AS n FROM events WHERE type = 'session.prompt_submitted'")[0]?.[
        'n'
      ],
    )
  );
}

function lost(home: TestHome, acknowledged: readonly string[]): readonly string[] {
  const stored = new Set(home.rows('SELECT id FROM events').map((row) => row['id']));
  return acknowledged.filter((id) => !stored.has(id));
}

describe('eight producers and four workers, killed at random', {
  timeout: patienceMs + 60_000,
}, () => {
  it('lose no acknowledged entry and apply none twice', async () => {
    const home = testHome();
    countEffects(home);
    const seed = Number(process.env['WAYMARK_FAULT_SEED'] ?? Date.now());
    const { acknowledged, ...rest } = await storm({
      home,
      programs,
      worker: 'worker',
      entries,
      gapMs: isLong ? 16 : 8,
      random: seededRandom(seed),
      patienceMs,
    });
    const integrity = home.rows('PRAGMA integrity_check')[0]?.['integrity_check'];
    const missing = lost(home, acknowledged);
    const summary = { ...rest, lost: missing.length, doubled: doubled(home), integrity, seed };
    console.log(JSON.stringify(summary));
    expect(missing, `seed ${seed}`).toEqual([]);
    expect(summary).toMatchObject({ lost: 0, doubled: 0, integrity: 'ok' });
    expect(acknowledged.length).toBeGreaterThanOrEqual(entries);
    expect(rest.killsAfterCommit).toBeGreaterThan(0);
    for (const folder of [
      home.queue.dead,
      home.queue.tmp,
      home.queue.processing,
      home.folder.heartbeat,
    ])
      expect(namesIn(folder), folder).toEqual([]);
    expect(namesIn(home.folder.wake).filter((name) => !name.startsWith('.'))).toEqual([]);
  });

  it('would be caught applying twice: without the guard by id, effects are doubled', async () => {
    const home = testHome();
    countEffects(home);
    const random = seededRandom(Date.now());
    const { acknowledged, ...rest } = await storm({
      home,
      programs,
      worker: 'unguardedWorker',
      entries: isLong ? 10_000 : 800,
      gapMs: 8,
      random,
      patienceMs,
    });
    console.log(
      JSON.stringify({
        control: 'guard off',
        ...rest,
        lost: lost(home, acknowledged).length,
        doubled: doubled(home),
      }),
    );
    expect(doubled(home)).toBeGreaterThan(0);
  });
});
