import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { queuedEvents } from '../../../support/run-hook.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { type CommandSetting, runCommand } from '../run-command.ts';

const MENTIONS_WORKER = /No worker is running and autostart is off/;

function place() {
  const folder = stateFolderAt(tempFolder(), {}, [`${tempFolder()}/run`]);
  const emit = (args: readonly string[], setting: CommandSetting = {}) =>
    runCommand(folder, ['emit', ...args], setting);
  return { folder, emit, queued: () => queuedEvents(folder.root) };
}

describe('waymark emit', () => {
  it('queues an event with all that the flags say, and prints its id', async () => {
    const { emit, queued } = place();
    const flags = [
      '--payload',
      '{"job":"lint"}',
      '--source',
      'ci',
      '--correlation',
      'run-7',
      '--priority',
      'high',
      '--tag',
      'a',
      '--tag',
      'b',
      '--master',
      'lead',
    ];
    const { status, out, err } = await emit(['build.failed', ...flags]);
    expect(status).toBe(0);
    expect(err).toMatch(MENTIONS_WORKER);
    expect(queued()).toEqual([
      {
        event_id: out.trim(),
        event_type: 'build.failed',
        timestamp: expect.any(String),
        source: 'ci',
        correlation_id: 'run-7',
        metadata: { priority: 'high', tags: ['a', 'b'], master: 'lead' },
        payload: { job: 'lint' },
      },
    ]);
  });

  it('needs no more than a type', async () => {
    const { emit, queued } = place();
    expect((await emit(['build.failed', '--json'])).out).toContain('"queuePriority": 5');
    expect(queued()).toMatchObject([{ source: 'cli', payload: {} }]);
  });

  it('reads the payload from a file beside it, or from standard input', async () => {
    const { folder, emit, queued } = place();
    writeFileSync(`${folder.root}/p.json`, '{"from":"file"}');
    await emit(['a.b', '--payload', '@p.json']);
    await emit(['a.b', '--payload', '-'], { stdin: '{"from":"stdin"}\n' });
    expect(queued().map(({ payload }) => payload)).toEqual(
      expect.arrayContaining([{ from: 'file' }, { from: 'stdin' }]),
    );
  });

  it('takes a whole event from standard input, over which flags win', async () => {
    const { emit, queued } = place();
    const event = {
      event_id: 'mine-1',
      event_type: 'task.created',
      timestamp: '2026-01-01T00:00:00Z',
      source: 'ci',
      metadata: { tags: ['x'] },
      payload: { task_id: '1' },
    };
    expect(
      (await emit(['-', '--source', 'cron', '--priority', 'low'], { stdin: JSON.stringify(event) }))
        .out,
    ).toBe('mine-1\n');
    expect(queued()).toEqual([
      { ...event, source: 'cron', metadata: { tags: ['x'], priority: 'low' } },
    ]);
  });

  it('only looks with --check', async () => {
    const { folder, emit } = place();
    expect(
      await emit(['task.failed', '--payload', '{"call":{"tool":"Bash"}}', '--check']),
    ).toMatchObject({ status: 0, out: 'Valid task.failed event.\n' });
    expect(
      await emit(['task.failed', '--payload', '{"call":{"tool":5}}', '--check']),
    ).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('payload.call.tool must be a string'),
    });
    expect(existsSync(folder.queue)).toBe(false);
  });

  it('refuses a wrong urgency with 2', async () => {
    const { emit, queued } = place();
    expect(await emit(['a.b', '--priority', 'urgent'])).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining('Cannot use --priority urgent: expected one of critical'),
    });
    expect(queued()).toEqual([]);
  });

  it.each([
    ['a mistyped type', ['task.faild'], 'did you mean task.failed?'],
    ['a wrong payload', ['session.started', '--payload', '{}'], 'payload.session_id is missing'],
    ['too much', ['a.b', '--payload', JSON.stringify({ text: 'x'.repeat(70_000) })], 'the cap is'],
  ])('fails with 1 for %s', async (_, args, said) => {
    const { emit, queued } = place();
    expect(await emit(args)).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining(said),
    });
    expect(queued()).toEqual([]);
  });

  it.each([
    ['no type', []],
    ['a payload that is a list', ['a.b', '--payload', '[1]']],
    ['a payload that is no JSON', ['a.b', '--payload', '{job:1}']],
    ['a missing file', ['a.b', '--payload', '@nowhere.json']],
    ['an empty standard input', ['-']],
    ['one standard input for two', ['-', '--payload', '-']],
    ['a queue priority that is none', ['a.b', '--queue-priority', '10']],
  ])('fails with 2 for %s', async (_, args) => {
    const { emit, queued } = place();
    expect(await emit(args)).toMatchObject({ status: 2, out: '' });
    expect(queued()).toEqual([]);
  });

  it('is one hop deeper than the handler in which it runs, and ends a loop with an alert', async () => {
    const { emit, queued } = place();
    await emit(['a.b'], {
      environment: { WAYMARK_CAUSE: 'e1', WAYMARK_DEPTH: '2', WAYMARK_CORRELATION: 'run-7' },
    });
    expect(queued()).toMatchObject([
      { correlation_id: 'run-7', metadata: { cause: 'e1', depth: 3 } },
    ]);
    const looped = await emit(['a.b'], {
      environment: { WAYMARK_CAUSE: 'e8', WAYMARK_DEPTH: '8' },
    });
    expect(looped).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('8 handlers have triggered each other already'),
    });
    expect(queued().map(({ event_type }) => event_type)).toEqual(['system.health_alert', 'a.b']);
  });
});
