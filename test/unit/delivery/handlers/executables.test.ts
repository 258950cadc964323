import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OUTPUT_CAP } from '../../../../lib/delivery/handlers/captured-output.ts';
import type { DeliveryResult } from '../../../../lib/delivery/subscription.ts';
import { eventually } from '../../../support/eventually.ts';
import { testEvent } from '../../../support/test-event.ts';
import { attempt, handlerHome, putFile, subscriptionOf } from './handler-folder.ts';

const ON = '# waymark: on session.*';

/** Runs a shell handler once. */
function run(body: string, limitMs?: number, home = handlerHome()): Promise<DeliveryResult> {
  putFile(`${home.folder}/it.sh`, `#!/bin/sh\n${ON}\n${body}\n`);
  return attempt(
    subscriptionOf(home.open({ graceMs: 300 }), 'user/it'),
    testEvent({ metadata: { depth: 2 }, correlation_id: 'c1' }),
    limitMs,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function pidIn(file: string): number {
  return Number(readFileSync(file, 'utf8').trim());
}

describe('an executable handler', () => {
  it('gets its event on standard input and as a file that only its user may read', async () => {
    const home = handlerHome();
    const result = await run(
      `cat > "$WAYMARK_HOME/stdin"; cp "$WAYMARK_EVENT_FILE" "$WAYMARK_HOME/file"; ls -l "$WAYMARK_EVENT_FILE" | cut -c1-10`,
      undefined,
      home,
    );
    expect(result).toEqual({ state: 'done', output: '-rw-------' });
    const event = testEvent({ metadata: { depth: 2 }, correlation_id: 'c1' });
    expect(JSON.parse(readFileSync(`${home.root}/stdin`, 'utf8'))).toEqual(event);
    expect(JSON.parse(readFileSync(`${home.root}/file`, 'utf8'))).toEqual(event);
    expect(readdirSync(`${home.root}/delivering`)).toEqual([]);
    expect(statSync(`${home.root}/delivering`).mode & 0o077).toBe(0);
  });

  it('gets the cause, the depth and the attempt in its environment', async () => {
    const { output = '' } = { output: undefined, ...(await run('env | grep ^WAYMARK_ | sort')) };
    const told = Object.fromEntries(output.split('\n').map((line) => line.split('=', 2)));
    const { event_id, event_type } = testEvent();
    expect(told).toMatchObject({
      WAYMARK_EVENT_ID: event_id,
      WAYMARK_EVENT_TYPE: event_type,
      WAYMARK_ATTEMPT: '1',
      WAYMARK_HANDLER: 'user/it',
      WAYMARK_CAUSE: event_id,
      WAYMARK_DEPTH: '2',
      WAYMARK_CORRELATION: 'c1',
      WAYMARK_WORKER: '1',
    });
  });

  it('sees no key of the worker', async () => {
    const home = handlerHome();
    putFile(`${home.folder}/it.sh`, `#!/bin/sh\n${ON}\nenv\n`);
    const environment = {
      PATH: process.env['PATH'],
      HOME: '/home/me',
      LANG: 'C',
      ANTHROPIC_API_KEY: 'k1',
      GITHUB_TOKEN: 'k2',
      XDG_AUTH_TOKEN: 'k3',
      LC_ALL: `sk-ant-${'a1'.repeat(20)}`,
      NODE_OPTIONS: '--x',
      WAYMARK_OTHER: '1',
    };
    const result = await attempt(subscriptionOf(home.open({ environment }), 'user/it'));
    if (result.state !== 'done') throw new Error(result.reason);
    const names = (result.output ?? '').split('\n').map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'LANG', 'WAYMARK_HOME']));
    for (const name of [
      'ANTHROPIC_API_KEY',
      'GITHUB_TOKEN',
      'XDG_AUTH_TOKEN',
      'LC_ALL',
      'NODE_OPTIONS',
      'WAYMARK_OTHER',
    ])
      expect(names).not.toContain(name);
  });

  it('runs in the folder of the project if there is one, else in the state folder', async () => {
    const home = handlerHome();
    putFile(`${home.folder}/it.sh`, `#!/bin/sh\n${ON}\npwd -P\n`);
    const it = subscriptionOf(home.open(), 'user/it');
    mkdirSync(`${home.root}/shop`);
    expect(
      await attempt(it, testEvent({ payload: { project: `${home.root}/shop` } })),
    ).toMatchObject({ output: `${home.root}/shop` });
    expect(await attempt(it, testEvent({ payload: { project: '/gone/from/here' } }))).toMatchObject(
      { output: home.root },
    );
  });

  it.each([
    ['exit 0', 'done', undefined],
    ['exit 75', 'failed', 'tried again'],
    ['echo "no route" >&2; exit 3', 'failed', 'Exit status 3: no route'],
    ['exit 126', 'refused', '126'],
    ['no-such-program-here', 'refused', '127'],
    ['kill -SEGV $$', 'failed', 'SIGSEGV'],
  ])('that says `%s` is %s', async (body, state, reason) => {
    const result = await run(body);
    expect(result.state).toBe(state);
    if (reason !== undefined)
      expect(result).toHaveProperty('reason', expect.stringContaining(reason));
  });

  it('that crashes the first three times is done at the fourth attempt', async () => {
    const home = handlerHome();
    putFile(
      `${home.folder}/it.sh`,
      `#!/bin/sh\n${ON}\n[ "$WAYMARK_ATTEMPT" -gt 3 ] || kill -ABRT $$\n`,
    );
    const it = subscriptionOf(home.open(), 'user/it');
    const states = [];
    for (const count of [1, 2, 3, 4])
      states.push((await attempt(it, testEvent(), 30_000, count)).state);
    expect(states).toEqual(['failed', 'failed', 'failed', 'done']);
  });

  it('that reads nothing of a large event does no harm', async () => {
    const home = handlerHome();
    putFile(`${home.folder}/it.sh`, `#!/bin/sh\n${ON}\nexec <&-\nexit 0\n`);
    const event = testEvent({ payload: { large: 'x'.repeat(4_000_000) } });
    expect(await attempt(subscriptionOf(home.open(), 'user/it'), event)).toEqual({ state: 'done' });
  });

  it('that hangs is ended with its children, those that ignore SIGTERM too', async () => {
    const home = handlerHome();
    const result = await run(
      `(trap '' TERM; echo $$ > "$WAYMARK_HOME/unused"; sh -c 'trap "" TERM; echo $$ > "$WAYMARK_HOME/grandchild"; while :; do sleep 1; done') & echo $$ > "$WAYMARK_HOME/child"; sleep 1000`,
      1_000,
      home,
    );
    expect(result).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('time limit'),
    });
    expect(isRunning(pidIn(`${home.root}/child`))).toBe(false);
    expect(isRunning(pidIn(`${home.root}/grandchild`))).toBe(false);
  });

  it('whose child keeps its output open does not hold the delivery', async () => {
    const home = handlerHome();
    const result = await run(
      `sleep 1000 & echo $! > "$WAYMARK_HOME/child"; echo said`,
      20_000,
      home,
    );
    expect(result).toEqual({ state: 'done', output: 'said' });
    const child = pidIn(`${home.root}/child`);
    expect(isRunning(child)).toBe(true); // what it leaves behind is its own affair
    process.kill(child, 'SIGKILL');
    await eventually('it is gone', () => !isRunning(child));
  });

  it('may print 200 MB: only the start is kept, and only its memory is used', async () => {
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 5);
    const result = await run('yes waymark | head -c 200000000');
    clearInterval(watch);
    expect(result.state).toBe('done');
    expect(result).toHaveProperty('output', expect.stringMatching(/^(waymark\n)+/));
    expect(most - before).toBeLessThan(60_000_000);
    expect(OUTPUT_CAP).toBe(65_536);
  });

  it('that is gone, or has lost its interpreter or its mode since the scan, is refused with a reason', async () => {
    const home = handlerHome();
    const gone = putFile(`${home.folder}/gone.sh`, `#!/bin/sh\n${ON}\n`);
    putFile(`${home.folder}/lost.sh`, `#!/no/such/interpreter\n${ON}\n`);
    const closed = putFile(`${home.folder}/closed.sh`, `#!/bin/sh\n${ON}\n`);
    const [forClosed, forGone, forLost] = home.open().source();
    rmSync(gone);
    putFile(closed, 'x', 0o644);
    if (forClosed === undefined || forGone === undefined || forLost === undefined)
      throw new Error('not found');
    expect(await attempt(forGone)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('is missing'),
    });
    expect(await attempt(forLost)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('first line'),
    });
    expect(await attempt(forClosed)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('not executable'),
    });
    expect(existsSync(`${home.root}/delivering`)).toBe(true);
  });

  it('cannot hand a token on in its output', async () => {
    expect(await run(`echo "sk-ant-${'a1'.repeat(20)}"; exit 1`)).toEqual({
      state: 'failed',
      reason: 'Exit status 1: [redacted]',
      output: '[redacted]',
    });
  });
});
