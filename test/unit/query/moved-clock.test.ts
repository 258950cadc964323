import { describe, expect, it } from 'vitest';
import { isoTime } from '../../../lib/core/clock.ts';
import { readLiveSessions } from '../../../lib/query/session-states.ts';
import { line, sessionScene, START } from './session-scene.ts';

const HOUR = 3_600;

/** Events are stored as soon as they happen, by the same clock. */
const scene = () => sessionScene((seconds) => seconds);

describe('the state of a session whose clock was set back', () => {
  it('is that of the end of the turn, though the prompt has a later time', async () => {
    const { start, prompt, stop, stateNameAt } = scene();
    start(2 * HOUR);
    prompt(2 * HOUR + 1);
    stop(5);
    for (const seconds of [6, HOUR, 2 * HOUR + 2, 2 * HOUR + 30])
      expect(await stateNameAt(seconds), String(seconds)).toBe('waiting-for-you');
    prompt(60);
    expect(await stateNameAt(61)).toBe('working');
    stop(70);
    expect(await stateNameAt(2 * HOUR + 30)).toBe('waiting-for-you');
  });

  it('is right where a turn is shorter than a small step', async () => {
    const { start, prompt, stop, stateNameAt } = scene();
    start(0);
    prompt(100);
    stop(98);
    for (const seconds of [98, 101, 600])
      expect(await stateNameAt(seconds)).toBe('waiting-for-you');
  });

  it('keeps the order of what happened under the wrong clock', async () => {
    const { start, prompt, stop, notify, stateNameAt } = scene();
    start(0);
    prompt(HOUR);
    stop(HOUR + 10);
    prompt(HOUR + 20);
    notify(HOUR + 30, 'nothing');
    expect(await stateNameAt(40)).toBe('working');
    notify(50, 'permission');
    expect(await stateNameAt(51)).toBe('waiting-for-permission');
  });

  it('is waiting for permission no more when the call ended after the step', async () => {
    const { start, prompt, notify, tell, stateNameAt } = scene();
    const call = { tool: 'Bash', target: 'make', outcome: 'ok', tool_use_id: 't1' };
    start(0);
    prompt(HOUR);
    notify(HOUR + 5, 'permission');
    expect(await stateNameAt(1)).toBe('waiting-for-permission');
    tell(10, 'checkpoint.created', 'PostToolUse', { kind: 'auto', saved_by: 'hook', call });
    expect(await stateNameAt(11)).toBe('working');
  });

  it('has a call that the throttle holds before what happened after the step', async () => {
    const { start, prompt, stop, count, stateNameAt } = scene();
    start(0);
    prompt(HOUR);
    count(HOUR + 60);
    stop(20);
    expect(await stateNameAt(30)).toBe('waiting-for-you');
  });

  it('is waiting when the user stopped the turn after the step, which only the transcript says', async () => {
    const { start, prompt, write, stateNameAt } = scene();
    start(0);
    prompt(HOUR);
    expect(await stateNameAt(10)).toBe('working');
    write(line('user', 20, '[Request interrupted by user]'));
    expect(await stateNameAt(21)).toBe('waiting-for-you');
  });

  it('is live again when it goes on after an end of the future', async () => {
    const { database, folder, start, tell, stateAt } = scene();
    start(HOUR);
    tell(HOUR + 10, 'session.ended', 'SessionEnd', { reason: 'exit' });
    start(20, { reason: 'resume' });
    expect(await stateAt(30)).toMatchObject({
      ...{ state: 'waiting-for-you', since: isoTime(START + 20_000) },
    });
    const parts = { folder, now: START + 30_000, hasExited: () => false, childAges: () => [] };
    expect(await readLiveSessions(database, parts)).toMatchObject([{ state: 'waiting-for-you' }]);
    tell(40, 'session.ended', 'SessionEnd', { reason: 'exit' });
    expect((await stateAt(50))?.state).toBe('ended');
    expect(await readLiveSessions(database, parts)).toEqual([]);
  });
});

describe('the state of a session whose events overtook each other', () => {
  it('follows their times: the clock was not set back', async () => {
    const { start, prompt, stop, stateNameAt } = sessionScene(() => 500);
    start(0);
    stop(20);
    prompt(10);
    expect(await stateNameAt(600)).toBe('waiting-for-you');
    prompt(30);
    expect(await stateNameAt(600)).toBe('working');
  });
});
