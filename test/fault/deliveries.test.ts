import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { standStill } from '../support/stand-still.ts';
import { readLines, testHome, type TestHome } from '../support/test-home.ts';

const FAST = { readTimeout: 0.2, readTimeoutMax: 0.2, recoverInterval: 0.1 };

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** A handler of the user's: notes that it began, does what the test says, notes that it ended. */
function handler(home: TestHome, name: string, body: string): { begun(): number; ended(): number } {
  const [begun, ended] = [`${home.root}/${name}.begun`, `${home.root}/${name}.ended`];
  const path = `${home.root}/handlers/${name}`;
  mkdirSync(`${home.root}/handlers`, { recursive: true, mode: 0o700 });
  writeFileSync(
    path,
    `#!/bin/sh\n# waymark: on build.failed timeout=30\ncat >/dev/null\necho . >>${begun}\n${body}\necho . >>${ended}\n`,
  );
  chmodSync(path, 0o700);
  return { begun: () => readLines(begun).length, ended: () => readLines(ended).length };
}

/** Never ends while its test runs; leaves nothing behind after it. */
function hang(home: TestHome): string {
  return `while [ -d ${home.root} ]; do sleep 0.1; done`;
}

const failed = { type: 'build.failed', payload: { job: 'lint' } };

function states(home: TestHome): readonly unknown[] {
  return home.rows(
    "SELECT subscription, state, attempts FROM deliveries WHERE subscription LIKE 'user/%' ORDER BY subscription",
  );
}

describe('a worker with handlers', () => {
  it('that is killed while one runs leaves it to the next worker, and the attempt counts', async () => {
    const home = testHome();
    const slow = handler(home, 'slow', `[ -e ${home.root}/go ] || ${hang(home)}`);
    const victim = programs.worker({ home: home.root, flags: FAST });
    await eventually('a worker leads', home.hasLeader);
    home.enqueue(failed);
    await eventually('it runs', () => slow.begun() === 1);
    victim.kill('SIGKILL');
    await victim.exited;
    expect(states(home)).toEqual([{ subscription: 'user/slow', state: 'running', attempts: 1 }]);
    writeFileSync(`${home.root}/go`, '');
    programs.worker({ home: home.root, flags: FAST });
    await eventually('it is done', () => slow.ended() === 1);
    await eventually('and written', () => JSON.stringify(states(home)).includes('done'));
    expect(states(home)).toEqual([{ subscription: 'user/slow', state: 'done', attempts: 2 }]);
    expect(home.logCodes()).toContain('DELIVERIES_RETURNED');
  });

  it('that is killed again and again by one gives it up in the end, and serves the others', async () => {
    const home = testHome();
    const killer = handler(home, 'killer', `kill -9 $PPID; ${hang(home)}`);
    const good = handler(home, 'good', ':');
    home.enqueue(failed);
    for (let life = 1; !JSON.stringify(states(home)).includes('dead'); life += 1) {
      expect(life).toBeLessThan(12);
      await programs.worker({ home: home.root, flags: FAST, once: true }).exited;
    }
    expect(killer.ended()).toBe(0);
    expect(good.ended()).toBeGreaterThanOrEqual(1);
  });

  it('that is asked to end gives what still runs two seconds, then stops it and gives it back uncounted', async () => {
    const home = testHome();
    const endless = handler(home, 'endless', hang(home));
    const worker = programs.worker({ home: home.root, flags: FAST });
    await eventually('a worker leads', home.hasLeader);
    home.enqueue(failed);
    await eventually('it runs', () => endless.begun() === 1);
    worker.kill('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(endless.ended()).toBe(0);
    expect(states(home)).toEqual([{ subscription: 'user/endless', state: 'due', attempts: 0 }]);
  });

  it('that drains once delivers what is due, and leaves what waits for its time', async () => {
    const home = testHome();
    const quick = handler(home, 'quick', ':');
    handler(home, 'failing', 'exit 75');
    for (let n = 0; n < 20; n += 1) home.enqueue(failed);
    expect((await programs.worker({ home: home.root, flags: FAST, once: true }).exited).code).toBe(
      0,
    );
    expect(quick.ended()).toBe(20);
    expect(
      home.rows(
        'SELECT subscription, state, attempts, count(*) AS n FROM deliveries GROUP BY 1, 2, 3 ORDER BY 1',
      ),
    ).toEqual([
      { subscription: 'user/failing', state: 'due', attempts: 1, n: 20 },
      { subscription: 'user/quick', state: 'done', attempts: 1, n: 20 },
    ]);
  });

  it('beside the leader leaves deliveries to it, and the leader hears of them at once', async () => {
    const home = testHome();
    const quick = handler(home, 'quick', ':');
    const leader = programs.worker({
      home: home.root,
      flags: { readTimeout: 60, readTimeoutMax: 60 },
    });
    await eventually('a worker leads', home.hasLeader);
    await standStill(leader, home); // so that the other one applies it
    home.enqueue(failed);
    expect((await programs.worker({ home: home.root, flags: FAST, once: true }).exited).code).toBe(
      0,
    );
    expect(states(home)).toEqual([{ subscription: 'user/quick', state: 'due', attempts: 0 }]);
    leader.kill('SIGCONT');
    await eventually('the leader delivers', () => quick.ended() === 1);
    expect(
      existsSync(`${home.root}/quick.ended`) && readFileSync(`${home.root}/quick.ended`, 'utf8'),
    ).toBe('.\n');
  });
});
