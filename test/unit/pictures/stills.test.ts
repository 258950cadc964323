import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeStillHome, type StillHome } from '../../pictures/still-home.ts';
import { drawStill, STILLS } from '../../pictures/stills.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-stills-')));
let still: StillHome;

const enter = (): void => {
  vi.stubEnv('HOME', home);
  vi.stubEnv('TZ', 'UTC');
};

beforeAll(async () => {
  enter();
  still = await makeStillHome(home);
});
beforeEach(enter);
afterAll(() => {
  still.close();
  rmSync(home, { recursive: true, force: true });
});

/** How much can be checked differs by machine. */
const comparable = (svg: string): string => svg.replace(/\d+ checks passed/, 'n checks passed');

describe('docs/pictures', () => {
  it.each(STILLS)('show what `waymark $name` prints today', async (one) => {
    const committed = readFileSync(`docs/pictures/${one.name}.svg`, 'utf8');
    expect(comparable(committed), 'make them anew: npm run docs:pictures').toBe(
      comparable(await drawStill(one, still)),
    );
  });

  it('are small', () => {
    for (const name of [...STILLS.map((one) => one.name), 'demo'])
      expect(statSync(`docs/pictures/${name}.svg`).size).toBeLessThan(40_000);
  });
});
