import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePrograms, type Programs } from '../../support/program-process.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { testHome } from '../../support/test-home.ts';
import { violations } from '../invariants.ts';
import { storm } from '../storm.ts';
import { isLong } from './sweep.ts';

const ENTRIES = 100_000;
const PATIENCE_MS = 1_800_000;

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

describe.skipIf(!isLong)(
  'a hundred thousand entries, eight producers and four workers, killed at random',
  { timeout: PATIENCE_MS + 60_000 },
  () => {
    it('break no invariant', async () => {
      const home = testHome();
      const seed = Number(process.env['WAYMARK_FAULT_SEED'] ?? Date.now());
      const { acknowledged, ...rest } = await storm({
        home,
        programs,
        worker: 'worker',
        entries: ENTRIES,
        gapMs: 1,
        random: seededRandom(seed),
        patienceMs: PATIENCE_MS,
      });
      const broken = violations({ folder: home.folder, acknowledged, maxAttempts: 1_000 });
      console.log(
        JSON.stringify({
          ...rest,
          acknowledged: acknowledged.length,
          stored: home.count('events'),
          broken: broken.length,
          seed,
        }),
      );
      expect(
        broken.filter((line) => !line.includes('/wake/.')),
        `seed ${seed}`,
      ).toEqual([]); // a pipe that was never shown goes after a minute
      expect(acknowledged.length).toBeGreaterThanOrEqual(ENTRIES);
    });
  },
);
