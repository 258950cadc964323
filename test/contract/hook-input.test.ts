import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  finished,
  hookErrors,
  type HookPlace,
  hookPlace,
  lateBy,
  queuedEvents,
  recordedInput,
  runHookFile,
  startHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();
const file = (name: string): string => `${bundles().folder}/${name}.cjs`;

const STOP = recordedInput('Stop');
const MEGABYTE = 1024 * 1024;
const text = (changes: Record<string, unknown>): string => JSON.stringify({ ...STOP, ...changes });
const without = (name: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(STOP).filter(([key]) => key !== name)));

/**
 * Node makes the standard input of its children block; another program has to start the hook to try
 * the rest.
 */
const HAS_PYTHON = spawnSync('python3', ['-c', '']).status === 0;
const WITH_NON_BLOCKING_INPUT = `
import os, sys, time
ours, theirs = os.pipe()
os.set_blocking(ours, False)
if os.fork() == 0:
    os.close(ours)
    time.sleep(0.2)
    os.write(theirs, open(sys.argv[3], 'rb').read())
    time.sleep(0.2)
    os._exit(0)
os.close(theirs)
os.dup2(ours, 0)
os.execv(sys.argv[1], sys.argv[1:3])
`;

function inputFile(place: HookPlace): string {
  const input = join(place.root, 'input.json');
  writeFileSync(input, JSON.stringify(STOP));
  return input;
}

/** Everything below a folder, folders with a slash. */
function everythingIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) =>
    join(entry.parentPath, entry.name).slice(folder.length + 1),
  );
}

describe('a hook with bad input', () => {
  it.each<readonly [string, string | Buffer, string]>([
    ['nothing', '', 'standard input was empty'],
    ['blanks', ' \n\t', 'standard input was empty'],
    ['no JSON', 'hello', 'standard input is not JSON, or was cut'],
    ['a cut object', JSON.stringify(STOP).slice(0, -9), 'standard input is not JSON, or was cut'],
    ['two objects', '{}{}', 'standard input is not JSON, or was cut'],
    ['unbalanced quotes', '{"session_id":"a"b"}', 'standard input is not JSON, or was cut'],
    ['an array', `[${JSON.stringify(STOP)}]`, 'standard input is not a JSON object'],
    ['null', 'null', 'standard input is not a JSON object'],
    ['a text', '"{}"', 'standard input is not a JSON object'],
    ['an empty object', '{}', 'session_id is missing'],
    ['no session', without('session_id'), 'session_id is missing'],
    ['a session that is a number', text({ session_id: 7 }), 'session_id is missing'],
    ['no event', without('hook_event_name'), 'hook_event_name is missing'],
    [
      'a session that climbs',
      text({ session_id: '../../../../escape' }),
      'session_id is not an id of Claude Code (18 characters)',
    ],
    [
      'a hidden session',
      text({ session_id: '.hidden' }),
      'session_id is not an id of Claude Code (7 characters)',
    ],
    [
      'a session with a slash',
      text({ session_id: 'a/b' }),
      'session_id is not an id of Claude Code (3 characters)',
    ],
    [
      'a session of 10 kB',
      text({ session_id: 'a'.repeat(10_240) }),
      'session_id is not an id of Claude Code (10240 characters)',
    ],
    [
      'a session that is no UTF-8',
      Buffer.concat([
        Buffer.from('{"session_id":"'),
        Buffer.of(0xff, 0xfe),
        Buffer.from('","hook_event_name":"Stop"}'),
      ]),
      'session_id is not an id of Claude Code (2',
    ],
    [
      '10 MB of garbage',
      Buffer.alloc(10 * MEGABYTE, '\0}{"'),
      'standard input is not JSON, or was cut',
    ],
    ['10 MB of noughts', Buffer.alloc(10 * MEGABYTE), 'standard input is not JSON, or was cut'],
  ])('says so in one line and lets Claude go on: %s', async (_, input, reason) => {
    const place = hookPlace();
    expect(await runHookFile(file('stop'), input, place.environment)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(hookErrors(place.home)).toHaveLength(1);
    expect(hookErrors(place.home)[0]).toMatchObject({
      code: 'HOOK_INPUT_INVALID',
      hook: 'Stop',
      message: expect.stringContaining(`Cannot read the input of Stop: ${reason}`),
    });
    expect(everythingIn(place.root).filter((path) => !path.startsWith('home/state'))).toEqual([
      'home',
      'project',
      'runtime',
    ]);
    expect(everythingIn(place.home)).toEqual(['log', 'log/hook-errors.log']);
  });

  it('takes a byte order mark in front for nothing', async () => {
    const place = hookPlace();
    const run = await runHookFile(file('stop'), `\uFEFF${JSON.stringify(STOP)}`, place.environment);
    expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(queuedEvents(place.home)).toHaveLength(1);
    expect(hookErrors(place.home)).toEqual([]);
  });

  it('says so when standard input is closed', async () => {
    const place = hookPlace();
    const child = spawn('/bin/sh', ['-c', 'exec "$0" "$1" <&-', process.execPath, file('stop')], {
      env: place.environment,
    });
    expect(await finished(child)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(hookErrors(place.home)).toMatchObject([
      { message: 'Cannot read the input of Stop: standard input was empty' },
    ]);
  });

  it('says so when standard input is a folder', async () => {
    const place = hookPlace();
    const child = spawn('/bin/sh', ['-c', 'exec "$0" "$1" < /', process.execPath, file('stop')], {
      env: place.environment,
    });
    expect(await finished(child)).toMatchObject({ status: 0, stdout: '' });
    expect(hookErrors(place.home)).toMatchObject([{ code: 'HOOK_INPUT_INVALID' }]);
  });

  it('captures a payload with bytes that are no UTF-8, and says so once', async () => {
    const place = hookPlace();
    const input = Buffer.from(text({ last_assistant_message: 'bad: @' }));
    input[input.indexOf('@')] = 0xff;
    const { status, stdout } = await runHookFile(file('stop'), input, place.environment);
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      { systemMessage: expect.stringContaining('it is not UTF-8') },
    ]);
    expect(queuedEvents(place.home)).toMatchObject([{ payload: { note: 'bad: \uFFFD' } }]);
    expect(await runHookFile(file('stop'), input, place.environment)).toMatchObject({ stdout: '' });
    expect(hookErrors(place.home)).toHaveLength(2);
  });

  it('does not take a replacement character that was sent for a broken one', async () => {
    const place = hookPlace();
    expect(
      await runHookFile(
        file('stop'),
        text({ last_assistant_message: '\uFFFD' }),
        place.environment,
      ),
    ).toMatchObject({ stdout: '' });
    expect(hookErrors(place.home)).toEqual([]);
  });
});

describe('a hook with unusual input', () => {
  it('takes quotes, backslashes, line ends and signs of a shell as they are', async () => {
    const place = hookPlace();
    const note = `it's "quo\\"ted" \\n $(id) \`id\` % {} </script> \u2028 ü漢😀 \r\n end`;
    expect(
      await runHookFile(
        file('stop'),
        text({ last_assistant_message: note, cwd: '/a "b"\\c' }),
        place.environment,
      ),
    ).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(queuedEvents(place.home)).toMatchObject([{ payload: { note, cwd: '/a "b"\\c' } }]);
  });

  it('takes a payload of 10 MB and keeps a slim entry', async () => {
    const place = hookPlace();
    const input = {
      ...recordedInput('PostToolUse'),
      tool_input: { file_path: '/a/b.txt', content: 'x}\n'.repeat(5 * MEGABYTE) },
    };
    expect(
      await runHookFile(file('post-tool-use'), JSON.stringify(input), place.environment),
    ).toEqual({ status: 0, stdout: '', stderr: '' });
    const [event] = queuedEvents(place.home);
    expect(event).toMatchObject({
      event_type: 'checkpoint.created',
      payload: { call: { target: '/a/b.txt' } },
    });
    expect(JSON.stringify(event).length).toBeLessThan(2_000);
  });

  it('waits for a writer that is slow', async () => {
    const place = hookPlace();
    const child = startHookFile(file('stop'), place.environment);
    const ended = finished(child);
    const whole = JSON.stringify(STOP);
    for (let at = 0; at < whole.length; at += 100) {
      child.stdin?.write(whole.slice(at, at + 100));
      await new Promise((resolve) => setTimeout(resolve, 20)); // the writer is slow, not the test
    }
    child.stdin?.end();
    expect(await ended).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(queuedEvents(place.home)).toHaveLength(1);
  });

  it.each(['\n', ''])(
    'ends by itself when the object is whole and standard input stays open (behind it: %j)',
    async (end) => {
      const place = hookPlace();
      const child = startHookFile(file('stop'), place.environment);
      child.stdin?.write(`${JSON.stringify(STOP)}${end}`);
      expect(await finished(child)).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(queuedEvents(place.home)).toHaveLength(1);
    },
  );

  it.each([
    'exec "$0" "$1" < "$2"',
    'cat "$2" | "$0" "$1"',
    '{ head -c 100 "$2"; sleep 0.1; tail -c +101 "$2"; } | "$0" "$1"',
  ])('reads what a shell gives it: %s', async (line) => {
    const place = hookPlace();
    const child = spawn('/bin/sh', ['-c', line, process.execPath, file('stop'), inputFile(place)], {
      env: place.environment,
    });
    expect(await finished(child)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(queuedEvents(place.home)).toHaveLength(1);
  });

  it.runIf(HAS_PYTHON)('waits where standard input does not block', async () => {
    const place = hookPlace();
    const child = spawn(
      'python3',
      ['-c', WITH_NON_BLOCKING_INPUT, process.execPath, file('stop'), inputFile(place)],
      { env: place.environment },
    );
    expect(await finished(child)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(queuedEvents(place.home)).toHaveLength(1);
  });

  it('gives up a writer that never stops four seconds after the start, once the cap is passed', async () => {
    const place = hookPlace();
    const child = spawn(
      '/bin/sh',
      ['-c', 'exec "$0" "$1" < /dev/zero', process.execPath, file('stop')],
      { env: { ...place.environment, ...lateBy(place, 5) }, timeout: 15_000 },
    );
    expect(await finished(child)).toMatchObject({ status: 0, stdout: '' });
    expect(hookErrors(place.home)).toMatchObject([{ code: 'HOOK_INPUT_INVALID' }]);
  });

  it('keeps known shapes of secrets out of everything that it writes', async () => {
    const place = hookPlace();
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const input = {
      ...recordedInput('PostToolUseFailure'),
      tool_input: { command: `curl -H "Authorization: Bearer ${secret}" https://x.example` },
      error: `Exit code 1\n${secret}`,
    };
    await runHookFile(file('post-tool-use-failure'), JSON.stringify(input), place.environment);
    await runHookFile(
      file('user-prompt-submit'),
      JSON.stringify({ ...recordedInput('UserPromptSubmit'), prompt: `use ${secret}` }),
      place.environment,
    );
    const events = queuedEvents(place.home);
    expect(events).toMatchObject([
      {
        event_type: 'task.failed',
        payload: {
          call: {
            target: 'curl -H "Authorization: Bearer [redacted]" https://x.example',
            error: 'Exit code 1\n[redacted]',
          },
        },
      },
      { event_type: 'session.prompt_submitted', payload: { prompt: 'use [redacted]' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(secret);
  });
});
