import { readFileSync, statSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  hookPlace,
  type HookPlace,
  type HookRun,
  queuedEvents,
  recordedInput,
  runHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();
const SESSION = 'a-b_C.1';

function run(
  name: string,
  { environment }: HookPlace,
  changes: Record<string, unknown> = {},
  args: readonly string[] = [],
): Promise<HookRun> {
  const fixture =
    {
      'post-tool-use': 'PostToolUse',
      'post-tool-use-failure': 'PostToolUseFailure',
      stop: 'Stop',
      'pre-compact': 'PreCompact',
    }[name] ?? name;
  const input = { ...recordedInput(fixture), session_id: SESSION, ...changes };
  return runHookFile(`${bundles().folder}/${name}.cjs`, JSON.stringify(input), environment, args);
}

const kinds = ({ home }: HookPlace) => queuedEvents(home).map(({ payload }) => payload['kind']);
const sessionFile = ({ home }: HookPlace, name: string): string =>
  `${home}/throttle/${SESSION}/${name}`;

describe('the checkpoint throttle', () => {
  it('lets one of fifty processes at once make the checkpoint, and counts them all', async () => {
    const place = hookPlace();
    const runs = await Promise.all(Array.from({ length: 50 }, () => run('post-tool-use', place)));
    expect(
      new Set(runs.map(({ status, stdout, stderr }) => `${status}${stdout}${stderr}`)),
    ).toEqual(new Set(['0']));
    expect(kinds(place)).toEqual(['auto']);
    expect(statSync(sessionFile(place, 'ops')).size).toBe(50);
  });

  it('makes the next one when the interval is over', async () => {
    const place = hookPlace();
    await run('post-tool-use', place);
    await run('post-tool-use', place);
    expect(kinds(place)).toEqual(['auto']);
    for (const name of ['due', 'since'])
      utimesSync(
        sessionFile(place, name),
        new Date(Date.now() - 70_000),
        new Date(Date.now() - 70_000),
      );
    await run('post-tool-use', place);
    expect(queuedEvents(place.home).map(({ payload }) => payload['operation_count'])).toEqual([
      1, 3,
    ]);
  });

  it('never holds back what must not be lost, nor failures', async () => {
    const place = hookPlace();
    for (const name of [
      'post-tool-use',
      'pre-compact',
      'stop',
      'stop',
      'post-tool-use-failure',
      'post-tool-use-failure',
    ])
      await run(name, place);
    expect(kinds(place)).toEqual([undefined, undefined, 'auto', 'pre-compact', 'stop', 'stop']);
    expect(statSync(sessionFile(place, 'ops')).size).toBe(3);
  });

  it('does not count twice what the gate has counted', async () => {
    const place = hookPlace();
    await run('post-tool-use', place);
    await run('post-tool-use', place, {}, ['--counted']);
    await run('post-tool-use-failure', place, {}, ['--counted']);
    expect(statSync(sessionFile(place, 'ops')).size).toBe(1);
  });

  it('is off at interval 0', async () => {
    const place = hookPlace();
    const environment = { ...place.environment, WAYMARK_CHECKPOINT_INTERVAL: '0' };
    for (let index = 0; index < 3; index += 1)
      await run('post-tool-use', { ...place, environment });
    expect(kinds(place)).toEqual(['auto', 'auto', 'auto']);
  });

  it('notes the id of each event, in order', async () => {
    const place = hookPlace();
    for (const name of ['post-tool-use', 'stop', 'post-tool-use-failure']) await run(name, place);
    const noted = readFileSync(sessionFile(place, 'captured'), 'utf8').trim().split('\n');
    expect([...noted].sort()).toEqual(
      queuedEvents(place.home)
        .map((event) => event.event_id)
        .sort(),
    );
  });

  it('counts no call of a tool that is no operation', async () => {
    const place = hookPlace();
    await run('post-tool-use', place, { tool_name: 'Read' });
    await run('post-tool-use-failure', place, { tool_name: 'Read' });
    expect(() => statSync(sessionFile(place, 'ops'))).toThrow('ENOENT');
    expect(queuedEvents(place.home)).toMatchObject([
      { event_type: 'task.failed', payload: { call: { tool: 'Read' } } },
    ]);
  });
});
