import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { bytesIn, GATE_SESSION, type GatePlace, gatePlace } from '../support/gate-place.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  finished,
  hookErrors,
  lateBy,
  queuedEvents,
  recordedInput,
  runHookFile,
  startHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();
const file = (): string => `${bundles().folder}/post-tool-use.cjs`;
const operations = (place: GatePlace) => bytesIn(`${place.session}/ops`);
const payload = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({ ...recordedInput('PostToolUse'), session_id: GATE_SESSION, ...fields });

describe('a hook on a loaded machine', () => {
  it('counts the call before its input comes, and once in all', async () => {
    const place = gatePlace();
    const child = startHookFile(file(), place.environment);
    await eventually('the call is counted', () => operations(place) === 1);
    child.stdin?.end(payload());
    expect(await finished(child)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(operations(place)).toBe(1);
    expect(queuedEvents(place.home)).toMatchObject([{ payload: { operation_count: 1 } }]);
  });

  it('counts a call whose input never comes', async () => {
    const place = gatePlace();
    await runHookFile(file(), '', place.environment);
    expect(operations(place)).toBe(1);
  });

  it('takes an input that is whole only after 20 seconds', async () => {
    const place = gatePlace();
    const input = payload({ tool_response: 'x'.repeat(400_000) });
    const run = await runHookFile(file(), input, { ...place.environment, ...lateBy(place, 20) });
    expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
    expect([operations(place), queuedEvents(place.home).length]).toEqual([1, 1]);
  });

  it('takes an input that came while it had no turn of the processor for 26 seconds', async () => {
    const place = gatePlace();
    const input = payload({ tool_response: 'x'.repeat(400_000) });
    const run = await runHookFile(file(), input, { ...place.environment, ...lateBy(place, 26) });
    expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
    expect([operations(place), queuedEvents(place.home).length]).toEqual([1, 1]);
  });

  it('gives up an input that is not whole after 29 seconds, before Claude Code ends it, and keeps the count', async () => {
    const place = gatePlace();
    const input = payload({ tool_response: 'x'.repeat(400_000) });
    await runHookFile(file(), input, { ...place.environment, ...lateBy(place, 30) });
    expect([operations(place), queuedEvents(place.home)]).toEqual([1, []]);
    expect(hookErrors(place.home)).toMatchObject([{ code: 'HOOK_INPUT_INVALID' }]);
  });

  it.each<readonly [string, Record<string, string>]>([
    ['an ignored project', { WAYMARK_IGNORED_PROJECTS: '/project' }],
    ['a hook that is switched off', { WAYMARK_DISABLE: '1' }],
    ['a session id that no session has', { CLAUDE_CODE_SESSION_ID: `../${GATE_SESSION}` }],
  ])('counts nothing early for %s', async (_, changes) => {
    const place = gatePlace();
    await runHookFile(file(), '', { ...place.environment, ...changes });
    expect(operations(place)).toBe(undefined);
  });
});
