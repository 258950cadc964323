import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { isRunning } from '../../lib/core/is-running.ts';
import { deliveriesOf, notingModule, notingProgram } from '../support/noting-handler.ts';
import { bundlePrograms, type ProgramProcess, type Programs } from '../support/program-process.ts';
import { testHome, type TestHome } from '../support/test-home.ts';

const FAST = { readTimeout: 0.2, readTimeoutMax: 0.2, recoverInterval: 0.1 };
const failed = { type: 'build.failed', payload: { job: 'lint' } };
const done = (attempts: number) => ({ state: 'done', attempts });

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** A worker that leads, and one event for it. */
async function leader(home: TestHome): Promise<ProgramProcess> {
  const worker = programs.worker({ home: home.root, flags: FAST });
  await eventually('a worker leads', home.hasLeader, 30_000);
  home.enqueue(failed);
  return worker;
}

/** Resolves when every delivery of the user's handlers has ended for good. */
function allEnded(home: TestHome): Promise<void> {
  const left = (): unknown =>
    home.rows(
      "SELECT count(*) AS n FROM deliveries WHERE subscription LIKE 'user/%' AND state IN ('due', 'running')",
    )[0]?.['n'];
  return eventually('nothing is due or runs', () => left() === 0 && home.isQuiet(), 30_000);
}

function pidIn(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}

describe('a worker that dies around a handler', () => {
  it.each([
    { moment: 'before its start', runsBefore: 0 },
    { moment: 'after its end', runsBefore: 1 },
  ] as const)(
    '$moment leaves it to the next worker, the attempt counts, others are not held up',
    async ({ moment, runsBefore }) => {
      const home = testHome();
      const it = notingProgram(home, 'it', ':');
      const other = notingProgram(home, 'other', ':');
      for (let n = 0; n < 2; n += 1) home.enqueue(failed);
      const victim = programs.worker({
        home: home.root,
        flags: FAST,
        diesAroundHandler: { path: it.path, moment },
      });
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      expect([it.begun(), it.ended()]).toEqual([runsBefore, runsBefore]);
      expect(deliveriesOf(home)['it']).toContainEqual({ state: 'running', attempts: 1 });
      await leader(home);
      await eventually('the third event is there', () => deliveriesOf(home)['it']?.length === 3);
      await allEnded(home);
      expect(
        deliveriesOf(home)['it']?.toSorted((a, b) => Number(b.attempts) - Number(a.attempts)),
      ).toEqual([done(2), done(1), done(1)]);
      expect(it.ended()).toBe(3 + runsBefore);
      const others = deliveriesOf(home)['other'] ?? [];
      expect(others.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
      expect(other.ended()).toBeGreaterThanOrEqual(3);
      expect(other.begun()).toBeLessThanOrEqual(4);
      expect(home.logCodes().filter((code) => code === 'DELIVERIES_RETURNED')).toHaveLength(1);
    },
  );

  it.each([
    [
      'while it runs',
      "if (attempt === 1) { process.kill(process.ppid, 'SIGKILL'); await new Promise(() => {}); }",
      1,
    ],
    ['as it ends', "if (attempt === 1) process.kill(process.ppid, 'SIGKILL');", 2],
  ])(
    'that is a module, %s, leaves it to the next worker and no process behind',
    async (_when, body, ends) => {
      const home = testHome();
      const pid = `${home.root}/pid`;
      const it = notingModule(
        home,
        'it',
        `appendFileSync('${pid}' + attempt, String(process.pid)); ${body}`,
      );
      const victim = await leader(home);
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      await eventually('its process is gone', () => !isRunning(pidIn(`${pid}1`)));
      expect(deliveriesOf(home)['it']).toEqual([{ state: 'running', attempts: 1 }]);
      programs.worker({ home: home.root, flags: FAST });
      await eventually('it is done', () => it.begun() === 2);
      await allEnded(home);
      expect(deliveriesOf(home)['it']).toEqual([done(2)]);
      expect([it.begun(), it.ended()]).toEqual([2, ends]);
    },
  );
});

describe('a worker whose handler', () => {
  it('crashes the first three times delivers at the fourth attempt, and serves the others meanwhile', async () => {
    const home = testHome();
    const it = notingProgram(home, 'it', '[ "$WAYMARK_ATTEMPT" -gt 3 ] || kill -ABRT $$');
    const other = notingProgram(home, 'other', ':');
    await leader(home);
    await eventually('it crashed', () => Number(deliveriesOf(home)['it']?.[0]?.attempts ?? 0) > 0);
    await eventually('the other one is served', () => other.ended() === 1);
    await allEnded(home);
    expect(deliveriesOf(home)).toEqual({ it: [done(4)], other: [done(1)] });
    expect([it.begun(), it.ended()]).toEqual([4, 1]);
  });

  it('leaves a child behind that keeps its output open does not wait for that one', async () => {
    const home = testHome();
    const left = `while [ -d ${home.root} ]; do sleep 0.1; done`;
    notingProgram(home, 'program', `(${left}) & echo $! >${home.root}/child`);
    notingModule(
      home,
      'module',
      `spawn('sh', ['-c', ${JSON.stringify(left)}], { stdio: ['ignore', 2, 2] }).unref();`,
    );
    for (let n = 0; n < 3; n += 1) home.enqueue(failed);
    expect(await programs.worker({ home: home.root, flags: FAST, once: true }).exited).toEqual({
      code: 0,
      signal: null,
    });
    expect(deliveriesOf(home)).toEqual({
      module: [done(1), done(1), done(1)],
      program: [done(1), done(1), done(1)],
    });
    // what it leaves behind is its own affair
    expect(isRunning(pidIn(`${home.root}/child`))).toBe(true);
  });

  it('hangs with a child that keeps its output open ends both at the time limit, and serves the others', async () => {
    const home = testHome();
    const hang = `trap '' TERM; while [ -d ${home.root} ]; do sleep 0.1; done`;
    const it = notingProgram(
      home,
      'it',
      `(${hang}) & echo $! >${home.root}/child; ${hang}`,
      'timeout=0.5 attempts=1',
    );
    notingProgram(home, 'other', ':');
    await leader(home);
    await allEnded(home);
    expect(deliveriesOf(home)).toEqual({ it: [{ state: 'dead', attempts: 1 }], other: [done(1)] });
    expect(home.rows("SELECT last_error FROM deliveries WHERE state = 'dead'")).toEqual([
      { last_error: expect.stringContaining('no answer within 500 ms') },
    ]);
    await eventually('its child is gone', () => !isRunning(pidIn(`${home.root}/child`)));
    expect([it.begun(), it.ended()]).toEqual([1, 0]);
  });

  it('prints 128 MB keeps the head, in bounded memory', async () => {
    const home = testHome();
    notingProgram(home, 'program', 'yes waymark | head -c 128000000');
    const ofItsChild =
      "await new Promise((end) => spawn('sh', ['-c', 'yes | head -c 128000000 >&2'], { stdio: ['ignore', 2, 2] }).on('exit', end));";
    notingModule(
      home,
      'module',
      `for (let n = 0; n < 1_000; n += 1) console.log('waymark\\n'.repeat(8_000)); ${ofItsChild}`,
    );
    const worker = programs.worker({ home: home.root, flags: FAST });
    await eventually('a worker leads', home.hasLeader, 30_000);
    const before = maxMemory(worker.pid);
    home.enqueue(failed);
    await eventually('both got it', () => Object.keys(deliveriesOf(home)).length === 2);
    await allEnded(home);
    expect(deliveriesOf(home)).toEqual({ module: [done(1)], program: [done(1)] });
    for (const { output } of home.rows('SELECT output FROM deliveries'))
      expect(output).toMatch(/^(waymark\n){249}waymark$/);
    expect(maxMemory(worker.pid) - before).toBeLessThan(100_000);
  });
});

describe('a worker that is asked to end', () => {
  it.each([
    ['never comes back', 'for (;;);'],
    ['hears no signal', "process.on('SIGTERM', () => undefined); await new Promise(() => {});"],
  ])(
    'while a module %s ends without it, gives its delivery back uncounted, and leaves no process behind',
    async (_how, body) => {
      const home = testHome();
      const pid = `${home.root}/pid`;
      const it = notingModule(home, 'it', `appendFileSync('${pid}', String(process.pid)); ${body}`);
      const worker = await leader(home);
      await eventually('it runs', () => it.begun() === 1);
      worker.kill('SIGTERM');
      expect(await worker.exited).toEqual({ code: 0, signal: null });
      await eventually('its process is gone', () => !isRunning(pidIn(pid)));
      expect(deliveriesOf(home)).toEqual({ it: [{ state: 'due', attempts: 0 }] });
      expect(it.ended()).toBe(0);
    },
  );
});

/** The most memory that a process ever had, in kilobytes; 0 where the system does not say. */
function maxMemory(pid: number): number {
  const file = `/proc/${pid}/status`;
  return existsSync(file)
    ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1])
    : 0;
}
