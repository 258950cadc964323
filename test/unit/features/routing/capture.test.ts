import { describe, expect, it } from 'vitest';
import { captureRouting } from '../../../../lib/features/routing/capture.ts';
import { asRead, RECORDED_IDENTITY, recordedCall } from '../../../support/hook-call.ts';
import { recordedInput } from '../../../support/run-hook.ts';

const capture = (...args: Parameters<typeof recordedCall>) =>
  asRead(captureRouting(recordedCall(...args)));

describe('captureRouting', () => {
  it('makes a decision of an agent call, and assigns its task', () => {
    const { tool_use_id, tool_input, session_id } = recordedInput('PreToolUse.Agent');
    const { prompt } = Object(tool_input);
    expect(capture('PreToolUse.Agent')).toMatchObject([
      {
        type: 'routing.decision_made',
        priority: 5,
        payload: {
          ...RECORDED_IDENTITY,
          session_id,
          tool_use_id,
          agent_type_chosen: 'general-purpose',
          description: 'Look at parts',
          prompt_length: prompt.length,
        },
      },
      {
        type: 'task.assigned',
        payload: {
          ...RECORDED_IDENTITY,
          session_id,
          tool_use_id,
          assigned_to: 'general-purpose',
          subject: 'Look at parts',
        },
      },
    ]);
    expect(JSON.stringify(capture('PreToolUse.Agent'))).not.toContain(prompt);
  });

  it('takes the old name of the tool, and what is chosen when nothing is named', () => {
    const fields = { tool_name: 'Task', tool_input: {} };
    expect(capture('PreToolUse.Agent', { fields })).toMatchObject([
      { payload: { agent_type_chosen: 'general-purpose', prompt_length: 0 } },
      { payload: { assigned_to: 'general-purpose' } },
    ]);
  });

  it.each([
    'PreToolUse',
    'PreToolUse.Bash',
    'PreToolUse.Edit',
    'PreToolUse.TaskCreate',
    'PreToolUse.TaskUpdate',
    'PreToolUse.in-agent',
    'PreToolUse.Bash.in-agent',
  ])('makes none of %s', (fixture) => {
    expect(capture(fixture)).toEqual([]);
  });

  it.each(['SubagentStop', 'SubagentStop.2.1.330'])('%s ends an agent', (fixture) => {
    const { agent_id, agent_type } = recordedInput(fixture);
    const [draft] = capture(fixture);
    expect(draft).toMatchObject({
      type: 'worker.completed',
      priority: 5,
      payload: { kind: 'agent', agent_id },
    });
    expect(draft?.payload['agent_type']).toBe(agent_type);
  });

  it.each(['SubagentStop.compaction', 'SubagentStop.compaction.2.1.330'])(
    '%s ends nobody: the agent that compacts has no name and never began',
    (fixture) => {
      expect(capture(fixture)).toEqual([]);
    },
  );

  it('SubagentStart begins one', () => {
    expect(capture('SubagentStart')).toMatchObject([
      {
        type: 'worker.started',
        payload: { kind: 'agent', agent_id: recordedInput('SubagentStart')['agent_id'] },
      },
    ]);
  });

  it('an API error ends an agent, with what was said of it', () => {
    const { agent_id, agent_type } = recordedInput('StopFailure.in-agent');
    expect(capture('StopFailure.in-agent')).toMatchObject([
      {
        type: 'worker.failed',
        payload: {
          kind: 'agent',
          agent_id,
          agent_type,
          reason: 'api-error',
          error: 'API Error: 400 scripted refusal',
        },
      },
    ]);
    expect(
      capture('StopFailure.in-agent', { fields: { last_assistant_message: undefined } }),
    ).toMatchObject([{ payload: { error: 'unknown' } }]);
  });

  it('makes nothing of a turn of the main conversation that the API ended', () => {
    expect(capture('StopFailure')).toEqual([]);
  });

  it('an agent that never began has failed, and not the one that called it', () => {
    const { tool_use_id } = recordedInput('PostToolUseFailure.Agent');
    const fields = { agent_id: 'a1', agent_type: 'caller' };
    const [draft] = capture('PostToolUseFailure.Agent', { fields });
    expect(draft).toMatchObject({
      type: 'worker.failed',
      payload: {
        kind: 'agent',
        agent_type: 'no-such-agent',
        reason: 'not-started',
        tool_use_id,
        error: expect.stringMatching(/^Agent type 'no-such-agent' not found/),
      },
    });
    expect(draft?.payload).not.toHaveProperty('agent_id');
    expect(capture('PostToolUseFailure.Agent', { fields: { is_interrupt: true } })).toMatchObject([
      { payload: { reason: 'interrupted' } },
    ]);
  });

  it('tells once of an agent that the API ended: its call fails, too', () => {
    const error =
      'Agent terminated early due to an API error: API Error: 400 scripted refusal (error type unknown, HTTP 400)';
    expect(capture('PostToolUseFailure.Agent', { fields: { error } })).toEqual([]);
  });

  it('makes nothing of another tool that failed', () => {
    expect(capture('PostToolUseFailure')).toEqual([]);
  });

  it.each([
    ['TaskCreated', 'task.created'],
    ['TaskCompleted', 'task.completed'],
  ])('%s is %s', (fixture, type) => {
    expect(capture(fixture)).toMatchObject([
      { type, priority: 5, payload: { task_id: '1', subject: 'Check the parts' } },
    ]);
  });

  it('keeps heads, without secrets', () => {
    const [draft] = capture('SubagentStop', {
      fields: { last_assistant_message: `token=hunter2hunter2 ${'word '.repeat(1_000)}` },
    });
    expect(String(draft?.payload['answer'])).toHaveLength(300);
    expect(draft?.payload['answer']).toMatch(/^token=\[redacted\] word/);
  });

  it('leaves other events alone', () => {
    expect(capture('Stop')).toEqual([]);
  });
});
