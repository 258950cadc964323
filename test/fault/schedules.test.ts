import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { eventually } from '../support/eventually.ts';
import {
  bundlePrograms,
  type ProgramProcess,
  type Programs,
  startProgram,
} from '../support/program-process.ts';
import { testHome, type TestHome } from '../support/test-home.ts';

const CLI = fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const OTHERS_OFF = ['learning off', 'cleanup off', 'observability off', 'weekly-report off'];

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

function flags(entry: string): Readonly<Record<string, unknown>> {
  return { readTimeout: 0.1, readTimeoutMax: 0.1, schedules: [...OTHERS_OFF, entry] };
}

/** `waymark dispatch` as a process of its own, with the same schedules. */
function dispatch(home: TestHome, entry: string): ProgramProcess {
  const schedules = JSON.stringify([...OTHERS_OFF, entry]);
  return startProgram(process.execPath, [CLI, 'dispatch'], {
    WAYMARK_HOME: home.root,
    XDG_RUNTIME_DIR: home.root,
    WAYMARK_SCHEDULES: schedules,
  });
}

/** The slots whose events are stored, in milliseconds. */
function slots(home: TestHome): readonly number[] {
  return home
    .rows("SELECT id FROM events WHERE type = 'x.due' ORDER BY seq")
    .map(({ id }) => Number(String(id).split(':')[2]));
}

/** What the store remembers as the last slot. */
function lastSlot(home: TestHome): number {
  return Number(home.rows("SELECT slot FROM schedules WHERE name = 'tick'")[0]?.['slot'] ?? 0);
}

/** As if the last slot had been one so many milliseconds earlier. */
function turnBack(home: TestHome, ms: number): void {
  const store = openStore(home.folder.store, sqliteDriver());
  store.prepare("UPDATE schedules SET slot = slot - ? WHERE name = 'tick'").run(ms);
  store.close();
}

describe('a slot', () => {
  it('is taken once, with a leader, a second worker and a dispatch at the same time', async () => {
    const home = testHome();
    const every = 'tick every 1s x.due';
    const leader = programs.worker({ home: home.root, flags: flags(every) });
    await eventually('a worker leads', home.hasLeader, 30_000);
    programs.worker({ home: home.root, flags: flags(every), shared: true });
    await eventually('two workers run', () => home.alive().length === 2, 30_000);
    await eventually('slots came', () => slots(home).length >= 3);
    expect(await dispatch(home, every).exited).toEqual({ code: 0, signal: null });
    leader.kill('SIGKILL');
    await leader.exited;
    const before = slots(home).length;
    await eventually('the other one leads', () => slots(home).length >= before + 2, 30_000);
    expect(await dispatch(home, every).exited).toEqual({ code: 0, signal: null });
    const seen = slots(home);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.every((slot) => slot % 1_000 === 0)).toBe(true);
  });

  it.each(['a worker', 'a dispatch'])(
    'that was missed is made up once: the last of many, by %s',
    async (who) => {
      const home = testHome();
      const every = 'tick every 1w x.due';
      const run = (): ProgramProcess =>
        who === 'a worker'
          ? programs.worker({ home: home.root, flags: flags(every), once: true })
          : dispatch(home, every);
      expect(await run().exited).toEqual({ code: 0, signal: null });
      expect([slots(home), lastSlot(home) % WEEK_MS]).toEqual([[], 0]);
      turnBack(home, 5 * WEEK_MS);
      const both = [run(), run()];
      for (const { exited } of both) expect(await exited).toEqual({ code: 0, signal: null });
      expect(await run().exited).toEqual({ code: 0, signal: null });
      expect(slots(home)).toEqual([lastSlot(home)]);
      expect(lastSlot(home)).toBeGreaterThan(Date.now() - 2 * WEEK_MS);
    },
  );
});
