import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stampSource } from '../../lib/events/event-id.ts';
import { claimForeign } from '../../lib/queue/claim-foreign.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { readEvent } from '../../lib/worker/read-event.ts';
import { GATE_SHELLS, SHELLS_FOUND } from '../support/gate-shells.ts';
import { tempFolder } from '../support/temp-folder.ts';

const LIBRARY = join(import.meta.dirname, '../../templates/waymark.sh');

/** Texts in which JSON or a shell could stumble. */
const TEXTS = [
  '',
  'plain words, 12 % of /a/b.txt',
  'say "hi"',
  String.raw`back\slash \n \u0041 \\`,
  'two\nlines\n',
  '\n\n',
  'tab\tand\rreturn',
  '\u0001\u0002\u001b[31mred\u001b[0m\u001f\u007f',
  "it's $HOME `date` $(date) *",
  '-n',
  '%s %d',
  'größer als 日本 🎉',
  '{"looks":"like JSON"',
];

/** A script may be for bash; then it is not in its POSIX mode. */
const BASH = { name: 'bash', interpreter: '/bin/bash' };
const SHELLS = existsSync(BASH.interpreter) ? [...GATE_SHELLS, BASH] : GATE_SHELLS;

describe.each(SHELLS)(`templates/waymark.sh in $name (${SHELLS_FOUND})`, ({ interpreter }) => {
  const [program = 'sh', ...flags] = interpreter.split(' ');

  function place() {
    const home = tempFolder();
    const queue = queueFolder(`${home}/queue`);
    const run = (
      script: string,
      args: readonly string[] = [],
      environment: Readonly<Record<string, string>> = {},
    ) => {
      const env = {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        WAYMARK_HOME: home,
        ...environment,
      };
      return spawnSync(
        program,
        [...flags, '-euc', `. '${LIBRARY}'\n${script}`, 'script', ...args],
        {
          env,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
    };
    const files = () =>
      readdirSync(queue.pending, { withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [entry.name] : [],
      );
    const taken = () => {
      makeQueueFolder(queue);
      return files().map((file) => {
        const entry = claimForeign(`${queue.pending}/${file}`, {
          holding: queue.processing,
          sizeCap: 65_536,
          now: 0,
          nextStamp: stampSource(Date.now),
        });
        if (entry === undefined) throw new Error(`${file} was not adopted`);
        return { priority: entry.name.priority, event: readEvent(entry, 65_536) };
      });
    };
    return { queue, run, files, taken };
  }

  it('queues an event that the worker takes as it is, and prints its id', () => {
    const { queue, run, files, taken } = place();
    const { status, stdout, stderr } = run(
      'waymark_emit task.failed \'{"call":{"tool":"Bash"}}\' high',
      [],
      { WAYMARK_SOURCE: 'cron/"nightly"' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(statSync(`${queue.pending}/${files()[0]}`).mode & 0o777).toBe(0o600);
    expect(taken()).toEqual([
      {
        priority: 2,
        event: {
          event_id: stdout.trim(),
          event_type: 'task.failed',
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          source: 'cron/"nightly"',
          metadata: { priority: 'high' },
          payload: { call: { tool: 'Bash' } },
        },
      },
    ]);
    expect(stdout).toMatch(/^evt_\d{8}_\d{6}_[0-9a-f]{16}\n$/);
    expect(readdirSync(queue.tmp)).toEqual([]);
  });

  it('quotes any text', () => {
    const { run } = place();
    const { stdout } = run('for text do waymark_quote "$text"; echo; done', TEXTS);
    const quoted: unknown[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(quoted).toEqual(TEXTS);
  });

  it('makes an object of names and texts', () => {
    const { run } = place();
    const pairs = TEXTS.flatMap((text, index) => [`name "${index}"`, text]);
    const { stdout } = run('waymark_payload "$@"', pairs);
    expect(JSON.parse(stdout)).toEqual(
      Object.fromEntries(TEXTS.map((text, index) => [`name "${index}"`, text])),
    );
    expect(run('waymark_payload').stdout).toBe('{}');
    expect(run('waymark_payload lonely')).toMatchObject({ status: 1, stdout: '' });
  });

  it('takes a text for a message, and nothing for an empty payload', () => {
    const { run } = place();
    expect(
      JSON.parse(run('waymark_create_event backup.done "$1"', ['it\'s "done"']).stdout).payload,
    ).toEqual({ message: 'it\'s "done"' });
    expect(JSON.parse(run('waymark_create_event backup.done').stdout).payload).toEqual({});
  });

  it.each([
    ['critical', 0],
    ['high', 2],
    ['medium', 5],
    ['low', 8],
    ['7', 7],
    ['', 5],
  ])('lines "%s" up at %i', (priority, digit) => {
    const { run, taken } = place();
    run('waymark_emit a.b "" "$1"', [priority]);
    expect(taken().map((entry) => entry.priority)).toEqual([digit]);
  });

  it.each([
    'Build.failed',
    'build',
    'build..failed',
    'build.',
    '.failed',
    '1a.b',
    'a b.c',
    '',
    `a.${'b'.repeat(99)}`,
  ])('refuses the type "%s"', (type) => {
    const { queue, run } = place();
    expect(run('waymark_emit "$1"', [type])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('event_type'),
    });
    expect(() => readdirSync(queue.pending)).toThrow();
  });

  it('refuses a priority that is none', () => {
    expect(place().run('waymark_emit a.b "" urgent')).toMatchObject({ status: 1, stdout: '' });
  });

  it('changes nothing of the script around it', () => {
    const { run } = place();
    const script =
      'umask 022; type=mine; id=mine; payload=mine; event=mine; waymark_emit a.b >/dev/null; echo "$(umask) $type $id $payload $event"';
    expect(run(script).stdout).toMatch(/^0*022 mine mine mine mine\n$/);
  });

  it('names the handler that it runs in', () => {
    const { run, taken } = place();
    run('waymark_emit a.b', [], {
      WAYMARK_CAUSE: 'e1',
      WAYMARK_DEPTH: '7',
      WAYMARK_CORRELATION: 'run "7"',
    });
    expect(taken()).toMatchObject([
      { event: { correlation_id: 'run "7"', metadata: { cause: 'e1', depth: 8 } } },
    ]);
  });

  it.each(['8', '9', '12', '-1', 'x'])('ends a loop at depth %s with one alert', (depth) => {
    const { run, taken } = place();
    const { status, stderr } = run('waymark_emit a.b; waymark_emit a.b', [], {
      WAYMARK_CAUSE: 'e8',
      WAYMARK_DEPTH: depth,
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('8 handlers have triggered each other already'),
    });
    expect(taken()).toMatchObject([
      {
        priority: 0,
        event: {
          event_id: expect.stringMatching(/^loop-a\.b-\d+$/),
          event_type: 'system.health_alert',
          payload: { reason: 'event-loop', ids: ['e8'] },
        },
      },
    ]);
  });

  it('says when it cannot write', () => {
    const { run } = place();
    expect(run('waymark_emit a.b', [], { WAYMARK_HOME: '/dev/null/nowhere' })).toMatchObject({
      status: 1,
      stdout: '',
    });
    expect(run('unset HOME WAYMARK_HOME; waymark_emit a.b')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('HOME'),
    });
  });

  it('leaves out no line of what it says about itself', () => {
    const text = readFileSync(LIBRARY, 'utf8');
    const functions = [...text.matchAll(/^(waymark_\w+)\(\)/gm)].map(([, name]) => name);
    const told = [...text.matchAll(/^# (waymark_\w+) /gm)].map(([, name]) => name);
    expect([...functions].sort()).toEqual([...told].sort());
  });
});
