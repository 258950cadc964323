import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  bundlePrograms,
  type ProgramProcess,
  type Programs,
  startProgram,
} from '../support/program-process.ts';
import { namesIn, readLines, testHome, type TestHome } from '../support/test-home.ts';

const CLI = fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
const SMALL_LOGS = {
  readTimeout: 0.2,
  readTimeoutMax: 0.2,
  eventLogSize: 65_536,
  eventLogFiles: 10_000,
};
const EVENTS = 4_000;

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** A shell that runs `waymark log` and what follows it in the line. */
function shellLog(home: TestHome, rest: string): ProgramProcess {
  const environment = {
    WAYMARK_HOME: home.root,
    XDG_RUNTIME_DIR: home.root,
    WAYMARK_AUTOSTART: 'false',
  };
  return startProgram(
    'sh',
    ['-c', `exec "$0" "$1" log ${rest}`, process.execPath, CLI],
    environment,
  );
}

function idsIn(file: string): readonly string[] {
  return readLines(file).map((line) => String(JSON.parse(line).event_id));
}

/** Hands events of two categories to the queue, a few at a time. @returns ids of `build.failed`. */
function enqueueSome(home: TestHome, count: number): readonly string[] {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.push(
      home.enqueue({
        type: 'build.failed',
        payload: { job: `j${n}`, text: 'x'.repeat(200) },
        ring: n % 50 === 0,
      }),
    );
    home.enqueue({ type: 'other.noted', payload: { n }, ring: false });
  }
  return ids;
}

describe('waymark log --follow', () => {
  it('shows each event once while a worker applies them and turns the log over, and ends at Ctrl+C', async () => {
    const home = testHome();
    programs.worker({ home: home.root, flags: SMALL_LOGS });
    const out = `${home.root}/followed`;
    const first = home.enqueue({ type: 'build.failed', payload: {} });
    await eventually(
      'it is logged',
      () => namesIn(home.folder.log).includes('build-events.jsonl'),
      30_000,
    );
    const follower = shellLog(home, `--follow --json --type 'build.*' >${out}`);
    await eventually('it follows', () => idsIn(out).length === 1);
    const ids = enqueueSome(home, EVENTS);
    await eventually(
      'all are stored',
      () => home.isQuiet() && home.count("events WHERE type = 'build.failed'") === EVENTS + 1,
      60_000,
    );
    const turned = () =>
      namesIn(home.folder.log).filter((name) => /^build-events\.\d{4}/.test(name)).length;
    await eventually('the last one is shown', () => idsIn(out).includes(ids.at(-1) ?? ''), 30_000);
    expect(turned()).toBeGreaterThan(3);
    const shown = idsIn(out);
    expect([first, ...ids].filter((id) => !shown.includes(id))).toEqual([]);
    expect(shown).toHaveLength(EVENTS + 1);
    expect(follower.isRunning).toBe(true);
    follower.kill('SIGINT');
    expect(await follower.exited).toEqual({ code: null, signal: 'SIGINT' }); // 130 to a shell
    expect(follower.stderr).toBe('');
  });

  it('ends when its reader is gone', async () => {
    const home = testHome();
    programs.worker({ home: home.root, flags: SMALL_LOGS });
    home.enqueue({ type: 'build.failed', payload: {} });
    await eventually(
      'it is logged',
      () => namesIn(home.folder.log).includes('build-events.jsonl'),
      30_000,
    );
    const follower = shellLog(
      home,
      `--follow --json --type 'build.*' | head -n 1 >${home.root}/followed`,
    );
    await eventually('its reader had enough', () => idsIn(`${home.root}/followed`).length === 1);
    await eventually('it ends at one of the next events', () => {
      if (follower.isRunning) home.enqueue({ type: 'build.failed', payload: {} });
      return !follower.isRunning;
    });
    expect(await follower.exited).toEqual({ code: 0, signal: null });
    expect(follower.stderr).toBe('');
  });
});
