import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { awaitedAnswer, readHookInput, readToolFields } from '../../../lib/claude/hook-input.ts';

const FOLDER = 'test/fixtures/hook-input';
const BASE = { session_id: 's-1', hook_event_name: 'Stop' };

const problemOf = (value: unknown): unknown => {
  const input = readHookInput(typeof value === 'string' ? value : JSON.stringify(value));
  return 'problem' in input ? input.problem : undefined;
};

function inputOf(fields: Record<string, unknown>) {
  const input = readHookInput(JSON.stringify({ ...BASE, ...fields }));
  if ('problem' in input) throw new Error(input.problem);
  return input;
}

describe('readHookInput', () => {
  it.each(readdirSync(FOLDER))('reads what the client sends: %s', (file) => {
    const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
    expect(readHookInput(text)).toMatchObject({
      event: file.split('.')[0],
      cwd: '/home/user/project',
      fields: JSON.parse(text),
    });
  });

  it('does not parse again what was parsed', () => {
    expect(readHookInput('not looked at', BASE)).toMatchObject({ sessionId: 's-1' });
  });

  it.each([
    ['', 'standard input was empty'],
    ['\n \t', 'standard input was empty'],
    ['{', 'standard input is not JSON, or was cut'],
    ['[]', 'standard input is not a JSON object'],
    ['null', 'standard input is not a JSON object'],
    ['0', 'standard input is not a JSON object'],
    ['{}', 'session_id is missing'],
    ['{"session_id":""}', 'session_id is missing'],
    ['{"session_id":{"a":1}}', 'session_id is missing'],
    ['{"session_id":"a"}', 'hook_event_name is missing'],
    ['{"session_id":"a","hook_event_name":[]}', 'hook_event_name is missing'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it.each(['../x', '..', '.', '.x', 'a/b', 'a\\b', 'a b', 'a\0', 'ü', 'a\n', 'a'.repeat(129)])(
    'refuses the session id %j and does not repeat it',
    (id) => {
      const problem = String(problemOf({ ...BASE, session_id: id }));
      expect(problem).toMatch(/^session_id is not an id of Claude Code \(\d+ characters\)$/);
    },
  );

  it.each(['a', 'ac68cdd6-5d12-4749-bdb7-e0b80ef46f39', 'a.b', '-', '_', 'A_1', 'a'.repeat(128)])(
    'takes the session id %j',
    (id) => {
      expect(problemOf({ ...BASE, session_id: id })).toBeUndefined();
    },
  );

  it('lets no session id leave its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '\0', '-') }), (id) => {
        const isSafe = problemOf({ ...BASE, session_id: id }) === undefined;
        if (isSafe) expect(new URL(`file:///throttle/${id}`).pathname).toBe(`/throttle/${id}`);
      }),
    );
  });

  it('leaves out other ids that no client sends', () => {
    expect(inputOf({ agent_id: '../x', prompt_id: 'p'.repeat(300) })).toMatchObject({
      agentId: undefined,
      promptId: undefined,
    });
    expect(inputOf({ agent_id: 'a1', prompt_id: 'p-1' })).toMatchObject({
      agentId: 'a1',
      promptId: 'p-1',
    });
  });

  it('leaves out fields of another type', () => {
    expect(inputOf({ cwd: 5, transcript_path: null, agent_type: {} })).toMatchObject({
      cwd: '',
      transcriptPath: undefined,
      agentType: undefined,
    });
  });
});

describe('toolFields', () => {
  it('reads a tool call, and calls an agent by its new name', () => {
    expect(
      readToolFields(inputOf({ tool_name: 'Task', tool_use_id: 't', tool_input: { a: 1 } })),
    ).toEqual({ tool: 'Agent', toolUseId: 't', input: { a: 1 } });
  });

  it('does without', () => {
    expect(readToolFields(inputOf({ tool_input: 'x' }))).toEqual({
      tool: 'unknown',
      toolUseId: undefined,
      input: {},
    });
  });
});

describe('awaitedAnswer', () => {
  it.each([
    ['permission_prompt', 'permission'],
    ['worker_permission_prompt', 'permission'],
    ['idle_prompt', 'input'],
    ['elicitation_dialog', 'input'],
    ['auth_success', undefined],
    ['constructor', undefined],
  ])('reads the type %s as %s', (type, awaited) => {
    expect(awaitedAnswer(type, 'Claude needs your permission to use Bash')).toBe(awaited);
  });

  it('reads the message where an older client sends no type', () => {
    expect(awaitedAnswer(undefined, 'Claude needs your permission to use Bash')).toBe('permission');
    expect(awaitedAnswer(undefined, 'Claude is waiting for your input')).toBe('input');
    expect(awaitedAnswer(undefined, 'Signed in')).toBeUndefined();
  });
});
