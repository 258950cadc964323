import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, isoTime } from '../../../lib/core/clock.ts';
import type { JsonObject } from '../../../lib/core/json.ts';
import type { ClientProcess } from '../../../lib/hook/client-process.ts';
import { readLiveSessions, stateFields } from '../../../lib/query/session-states.ts';
import { line, sessionScene as scene, START } from './session-scene.ts';

const MINUTE_MS = 60_000;

describe('the state of a session', () => {
  it('is waiting for you before the first prompt, working in a turn, and waiting after it', async () => {
    const { start, prompt, stop, stateAt } = scene();
    start(0);
    expect(await stateAt(1)).toEqual({
      ...{ state: 'waiting-for-you', since: isoTime(START), until: null, message: null },
    });
    prompt(10);
    expect(await stateAt(11)).toMatchObject({
      ...{ state: 'working', since: isoTime(START + 10_000) },
    });
    stop(20);
    expect(await stateAt(20)).toMatchObject({
      ...{ state: 'waiting-for-you', since: isoTime(START + 20_000) },
    });
    prompt(30);
    expect((await stateAt(30))?.state).toBe('working');
  });

  it('is waiting for permission from the notification to the next thing that happens', async () => {
    const { start, prompt, notify, count, stateAt, stateNameAt } = scene();
    start(0);
    prompt(1);
    notify(10, 'permission', 'Claude needs your permission to use Bash');
    expect(await stateAt(500)).toEqual({
      ...{ state: 'waiting-for-permission', since: isoTime(START + 10_000), until: null },
      message: 'Claude needs your permission to use Bash',
    });
    // a call that the throttle holds makes no event
    count(40);
    expect(await stateNameAt(41)).toBe('working');
  });

  it('is not changed by a notification that waits for nothing', async () => {
    const { start, prompt, tell, stateNameAt } = scene();
    start(0);
    prompt(1);
    tell(10, 'session.notified', 'Notification', { message: 'Signed in' });
    expect(await stateNameAt(11)).toBe('working');
  });

  it('is waiting for you when the client notices that nobody typed, though no turn has ended', async () => {
    const { start, prompt, notify, stateNameAt } = scene();
    start(0);
    prompt(1);
    notify(70, 'input');
    expect(await stateNameAt(71)).toBe('waiting-for-you');
  });

  it('is waiting for you as soon as the transcript says that the user stopped the turn', async () => {
    const { start, prompt, notify, write, stateAt } = scene();
    const stopped = line('user', 15, '[Request interrupted by user for tool use]');
    start(0);
    prompt(1);
    notify(5, 'permission');
    write(line('user', 1, 'do it'), line('assistant', 4, 'I will'), stopped);
    expect(await stateAt(16)).toMatchObject({
      ...{ state: 'waiting-for-you', since: isoTime(START + 15_000) },
    });
    prompt(20);
    expect((await stateAt(21))?.state).toBe('working');
    write(stopped, line('user', 20, 'go on'));
    expect((await stateAt(22))?.state).toBe('working');
  });

  it('is working while an agent works, also after the end of a turn and when nobody types', async () => {
    const { start, prompt, stop, notify, tell, stateNameAt } = scene();
    start(0);
    prompt(1);
    tell(2, 'worker.started', 'SubagentStart', { kind: 'agent', agent_id: 'a1' });
    stop(10);
    expect(await stateNameAt(11)).toBe('working');
    notify(70, 'input');
    expect(await stateNameAt(71)).toBe('working');
    tell(80, 'worker.completed', 'SubagentStop', { kind: 'agent', agent_id: 'a1' });
    expect(await stateNameAt(81)).toBe('waiting-for-you');
  });

  it('is waiting when an agent was silent for ten minutes, or was stopped with its turn', async () => {
    const { start, prompt, stop, tell, write, stateNameAt } = scene();
    start(0);
    prompt(1);
    tell(2, 'worker.started', 'SubagentStart', { kind: 'agent', agent_id: 'a1' });
    write(line('user', 5, '[Request interrupted by user]'));
    expect(await stateNameAt(6)).toBe('waiting-for-you');
    write(line('user', 5, 'go on'));
    stop(10);
    expect(await stateNameAt(500)).toBe('working');
    expect(await stateNameAt(603)).toBe('waiting-for-you');
  });

  it('is working while the context is compacted between two turns', async () => {
    const { start, prompt, stop, tell, stateNameAt } = scene();
    start(0);
    prompt(1);
    stop(10);
    tell(20, 'checkpoint.created', 'PreCompact', {
      ...{ kind: 'pre-compact', saved_by: 'hook/PreCompact', operation_count: 1 },
    });
    expect(await stateNameAt(21)).toBe('working');
    tell(30, 'session.started', 'SessionStart', { reason: 'compact' });
    expect(await stateNameAt(31)).toBe('waiting-for-you');
  });

  it('is working when a turn goes on after its end, until that is silent for ten minutes', async () => {
    const { start, prompt, stop, count, stateNameAt } = scene();
    start(0);
    prompt(1);
    stop(10);
    count(15);
    expect(await stateNameAt(16)).toBe('working');
    expect(await stateNameAt(616)).toBe('waiting-for-you');
  });

  it('takes a turn to be over that was silent for an hour', async () => {
    const { start, prompt, stateNameAt } = scene();
    start(0);
    prompt(1);
    expect(await stateNameAt(3_600)).toBe('working');
    expect(await stateNameAt(3_602)).toBe('waiting-for-you');
  });

  it('is ended by the end of the session, and goes on when it is resumed', async () => {
    const { start, prompt, tell, stateAt, stateNameAt } = scene();
    start(0);
    prompt(1);
    tell(10, 'session.ended', 'SessionEnd', { reason: 'other' });
    expect(await stateAt(11)).toMatchObject({
      ...{ state: 'ended', since: isoTime(START + 10_000) },
    });
    start(20, { reason: 'resume' });
    expect(await stateNameAt(21)).toBe('waiting-for-you');
  });

  it('goes on with a prompt after an end: it was open in two terminals', async () => {
    const { start, prompt, stop, tell, stateNameAt } = scene();
    start(0);
    start(5, { reason: 'resume' });
    tell(10, 'session.ended', 'SessionEnd', { reason: 'prompt_input_exit' });
    prompt(20);
    expect(await stateNameAt(21)).toBe('working');
    stop(30);
    expect(await stateNameAt(31)).toBe('waiting-for-you');
    tell(40, 'session.ended', 'SessionEnd', { reason: 'prompt_input_exit' });
    expect(await stateNameAt(41)).toBe('ended');
  });

  it('begins anew with a process: turns and agents of the one before are over', async () => {
    const { start, prompt, tell, stateNameAt } = scene();
    start(0);
    prompt(1);
    tell(2, 'worker.started', 'SubagentStart', { kind: 'agent', agent_id: 'a1' });
    expect(await stateNameAt(3)).toBe('working');
    start(10, { reason: 'resume' });
    expect(await stateNameAt(11)).toBe('waiting-for-you');
    prompt(12);
    tell(13, 'session.started', 'SessionStart', { reason: 'compact' });
    expect(await stateNameAt(14)).toBe('working');
  });

  it('is lost when the process of the client is gone without an end', async () => {
    const { start, prompt, notify, stateAt } = scene();
    const asked: ClientProcess[] = [];
    start(0);
    prompt(1);
    notify(5, 'permission');
    const hasExited = (client: ClientProcess): boolean => asked.push(client) > 0;
    expect(await stateAt(6, { hasExited })).toMatchObject({
      ...{ state: 'lost', since: isoTime(START + 5_000), message: null },
    });
    expect(asked).toEqual([{ pid: 4711, started: '99' }]);
  });

  it('has ended, and is not lost, when it was resumed and left before anything was done', async () => {
    const { start, prompt, stop, tell, stateAt } = scene();
    const hasExited = (): boolean => true;
    start(0);
    prompt(1);
    stop(2);
    tell(3, 'session.ended', 'SessionEnd', {});
    tell(10, 'session.started', 'SessionStart', { reason: 'resume' });
    expect(await stateAt(11, { hasExited: () => false })).toMatchObject({
      state: 'waiting-for-you',
    });
    expect(await stateAt(11, { hasExited })).toMatchObject({
      ...{ state: 'ended', since: isoTime(START + 3_000) },
    });
    prompt(12);
    expect(await stateAt(13, { hasExited })).toMatchObject({ state: 'lost' });
  });

  it('is lost after an hour of silence when no process is known, and after a day when it is not sure', async () => {
    const unknown = scene();
    unknown.tell(0, 'session.started', 'SessionStart', {});
    expect(await unknown.stateNameAt(3_600)).toBe('waiting-for-you');
    expect(await unknown.stateNameAt(3_601)).toBe('lost');
    const unsure = scene();
    unsure.start(0, { client: { pid: 4711 } });
    expect(await unsure.stateNameAt(24 * 3_600)).toBe('waiting-for-you');
    expect(await unsure.stateNameAt(24 * 3_600 + 1)).toBe('lost');
    const sure = scene();
    sure.start(0);
    expect(await sure.stateNameAt(48 * 3_600)).toBe('waiting-for-you');
  });

  it('is the same in whatever order the events come', async () => {
    const { start, prompt, stop, notify, stateNameAt } = scene();
    notify(30, 'permission');
    stop(20);
    prompt(25);
    prompt(1);
    start(0);
    expect(await stateNameAt(31)).toBe('waiting-for-permission');
  });
});

describe('a session at its limit', () => {
  it('stays there from the refused turn to the next prompt, at most for five hours', async () => {
    const { start, prompt, failTurn, stateAt, stateNameAt } = scene();
    start(0);
    prompt(1);
    failTurn(10, 'rate_limit: 429');
    expect(await stateAt(11)).toEqual({
      ...{ state: 'at-limit', since: isoTime(START + 10_000), until: null, message: null },
    });
    expect(await stateNameAt(10 + 5 * 3_600)).toBe('waiting-for-you');
    prompt(20);
    expect(await stateNameAt(21)).toBe('working');
  });

  it('is waiting for you when another error of the API ended the turn', async () => {
    const { start, prompt, failTurn, stateNameAt } = scene();
    start(0);
    prompt(1);
    failTurn(10, 'overloaded');
    expect(await stateNameAt(11)).toBe('waiting-for-you');
  });

  it('stays there until the window of its account begins anew', async () => {
    const { start, prompt, stop, tell, transcript, stateAt, stateNameAt } = scene();
    const resetsAt = START + HOUR_MS;
    start(0);
    prompt(1);
    const limits = [{ name: 'five_hour', used: 100, resets_at: resetsAt }];
    tell(5, 'account.limits_seen', 'statusline', {
      ...{ config_folder: dirname(dirname(dirname(transcript))), limits },
    });
    expect(await stateNameAt(6)).toBe('working');
    stop(10);
    expect(await stateAt(11)).toMatchObject({ state: 'at-limit', until: isoTime(resetsAt) });
    expect(await stateNameAt(3_601)).toBe('waiting-for-you');
  });

  it('is not there when a turn began after the window was seen to be used up', async () => {
    const { start, prompt, stop, tell, transcript, stateNameAt } = scene();
    start(0);
    const limits = [{ name: 'five_hour', used: 100, resets_at: START + HOUR_MS }];
    tell(5, 'account.limits_seen', 'statusline', {
      ...{ config_folder: dirname(dirname(dirname(transcript))), limits },
    });
    prompt(6);
    stop(10);
    expect(await stateNameAt(11)).toBe('waiting-for-you');
  });
});

describe('readLiveSessions', () => {
  it('lists sessions that are neither ended nor lost, the most urgent first', async () => {
    const { database, folder, tell } = scene();
    const say = (id: string, seconds: number, type: string, source: string, own: JsonObject = {}) =>
      tell(seconds, type, source, { session_id: id, transcript_path: `/nowhere/${id}`, ...own });
    for (const id of ['works', 'asks', 'rests', 'over', 'gone'])
      say(id, 0, 'session.started', 'SessionStart', { client: { pid: id === 'gone' ? 2 : 3 } });
    say('works', 1, 'session.prompt_submitted', 'UserPromptSubmit');
    say('asks', 1, 'session.prompt_submitted', 'UserPromptSubmit');
    say('asks', 2, 'session.notified', 'Notification', { waits_for: 'permission' });
    say('over', 2, 'session.ended', 'SessionEnd');
    const live = await readLiveSessions(database, {
      ...{ folder, now: START + MINUTE_MS, hasExited: ({ pid }: ClientProcess) => pid === 2 },
    });
    expect(live.map(({ id, state }) => [id, state])).toEqual([
      ['asks', 'waiting-for-permission'],
      ['rests', 'waiting-for-you'],
      ['works', 'working'],
    ]);
  });
});

describe('stateFields', () => {
  it('names everything, also where nothing is known', () => {
    expect(stateFields(undefined)).toEqual({
      ...{ state: null, stateSince: null, stateUntil: null, stateMessage: null },
    });
  });
});
