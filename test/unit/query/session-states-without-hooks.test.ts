import { describe, expect, it } from 'vitest';
import { isoTime } from '../../../lib/core/clock.ts';
import type { JsonObject } from '../../../lib/core/json.ts';
import { line, sessionScene, START } from './session-scene.ts';

/** A line of the transcript with blocks of its own. */
function blocks(type: string, seconds: number, ...content: readonly JsonObject[]): JsonObject {
  return { ...line(type, seconds, ''), message: { role: type, content } };
}

const QUESTION = {
  ...{ type: 'tool_use', name: 'AskUserQuestion' },
  input: { questions: [{ question: 'Which way?' }] },
};
const RESULT = { type: 'tool_result', content: 'Left' };

/** A session that asked for permission after ten seconds. */
function asking() {
  const scene = sessionScene();
  scene.start(0);
  scene.prompt(1);
  scene.notify(10, 'permission', 'Claude needs your permission');
  return scene;
}

describe('what no hook tells of the state of a session', () => {
  it('is a question of Claude, from the moment it is asked until it is answered', async () => {
    const { start, prompt, notify, write, stateAt, stateNameAt } = sessionScene();
    start(0);
    prompt(1);
    write(line('user', 1, 'do it'), blocks('assistant', 4, QUESTION));
    const asked = { since: isoTime(START + 4_000), until: null, message: 'Which way?' };
    expect(await stateAt(4)).toEqual({ state: 'waiting-for-you', ...asked });
    notify(10, 'permission', 'Claude needs your permission');
    expect(await stateAt(11)).toEqual({ state: 'waiting-for-you', ...asked });
    write(blocks('assistant', 4, QUESTION), blocks('user', 20, RESULT));
    expect(await stateNameAt(21)).toBe('working');
  });

  it('is a plan that waits for approval', async () => {
    const { start, prompt, write, stateAt } = sessionScene();
    start(0);
    prompt(1);
    write(blocks('assistant', 4, { type: 'tool_use', name: 'ExitPlanMode', input: {} }));
    expect(await stateAt(5)).toMatchObject({
      ...{ state: 'waiting-for-permission', message: 'A plan to approve' },
    });
  });

  it('is a question of a process that has ended: nobody can answer it', async () => {
    const { start, prompt, write, stateNameAt } = sessionScene();
    start(0);
    prompt(1);
    write(blocks('assistant', 4, QUESTION));
    start(20, { reason: 'resume' });
    prompt(30);
    expect(await stateNameAt(31)).toBe('working');
  });

  it('is the answer no with a reason: the turn goes on', async () => {
    const { write, stateNameAt } = asking();
    write(blocks('assistant', 4, { type: 'tool_use', name: 'Bash' }), blocks('user', 15, RESULT));
    expect(await stateNameAt(16)).toBe('working');
    // the result of another call, from before the question
    write(blocks('user', 9, RESULT));
    expect(await stateNameAt(16)).toBe('waiting-for-permission');
  });

  it('is the start of a call that was allowed: it runs as a process of the client', async () => {
    const { stateAt } = asking();
    const nameWith = async (...ages: readonly number[]): Promise<string | undefined> =>
      (await stateAt(60, { childAges: () => ages }))?.state;
    expect(await nameWith(30_000)).toBe('working');
    // a server from before the question, a hook of the user's, a status line
    expect(await nameWith(3_600_000)).toBe('waiting-for-permission');
    expect(await nameWith(50_000)).toBe('waiting-for-permission');
    expect(await nameWith(800)).toBe('waiting-for-permission');
  });

  it('is a prompt that a hook of the user refused', async () => {
    const { start, prompt, write, stateNameAt } = sessionScene();
    const content = 'UserPromptSubmit operation blocked by hook:\n[check]: no';
    start(0);
    prompt(1);
    // that hook may have run before ours
    write({ ...line('system', 0.95, ''), subtype: 'informational', content });
    expect(await stateNameAt(2)).toBe('waiting-for-you');
    prompt(10);
    expect(await stateNameAt(11)).toBe('working');
  });

  it('is an end of the turn that a hook of the user refused', async () => {
    const { start, prompt, stop, write, stateAt, stateNameAt } = sessionScene();
    const feedback = { ...line('user', 9.99, 'Stop hook feedback:\n[check]: go on'), isMeta: true };
    start(0);
    prompt(1);
    write(line('assistant', 9, 'Done.'), feedback);
    stop(10);
    expect(await stateAt(30)).toMatchObject({
      ...{ state: 'working', since: isoTime(START + 1_000) },
    });
    write(line('assistant', 9, 'Done.'), feedback, line('assistant', 40, 'Really done.'));
    stop(41);
    expect(await stateNameAt(42)).toBe('waiting-for-you');
  });

  it('is a command of the client that could not compact', async () => {
    const { start, prompt, stop, notify, tell, write, stateNameAt } = sessionScene();
    start(0);
    prompt(1);
    stop(10);
    notify(70, 'input');
    tell(80, 'checkpoint.created', 'PreCompact', {
      ...{ kind: 'pre-compact', saved_by: 'hook/PreCompact', operation_count: 1 },
    });
    expect(await stateNameAt(81)).toBe('working');
    write({ ...line('system', 82, ''), subtype: 'local_command', content: 'Not enough messages' });
    expect(await stateNameAt(83)).toBe('waiting-for-you');
  });
});
