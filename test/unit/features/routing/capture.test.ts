import { describe, expect, it } from 'vitest';
import { captureRouting } from '../../../../lib/features/routing/capture.ts';
import { asRead, RECORDED_IDENTITY, recordedCall } from '../../../support/hook-call.ts';
import { recordedInput } from '../../../support/run-hook.ts';

const capture = (...args: Parameters<typeof recordedCall>) => asRead(captureRouting(recordedCall(...args)));

describe('captureRouting', () => {
  it('makes a decision of an agent call', () => {
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
    ]);
    expect(JSON.stringify(capture('PreToolUse.Agent'))).not.toContain(prompt);
  });

  it('takes the old name of the tool, and what is chosen when nothing is named', () => {
    const fields = { tool_name: 'Task', tool_input: {} };
    expect(capture('PreToolUse.Agent', { fields })).toMatchObject([{ payload: { agent_type_chosen: 'general-purpose', prompt_length: 0 } }]);
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
    expect(draft).toMatchObject({ type: 'worker.completed', priority: 5, payload: { kind: 'agent', agent_id } });
    expect(draft?.payload['agent_type']).toBe(agent_type);
  });

  it.each(['SubagentStop.compaction', 'SubagentStop.compaction.2.1.330'])('%s ends nobody: the agent that compacts has no name and never began', (fixture) => {
    expect(capture(fixture)).toEqual([]);
  });

  it('SubagentStart begins one', () => {
    expect(capture('SubagentStart')).toMatchObject([
      { type: 'worker.started', payload: { kind: 'agent', agent_id: recordedInput('SubagentStart')['agent_id'] } },
    ]);
  });

  it.each([
    ['TaskCreated', 'task.created'],
    ['TaskCompleted', 'task.completed'],
  ])('%s is %s', (fixture, type) => {
    expect(capture(fixture)).toMatchObject([{ type, priority: 5, payload: { task_id: '1', subject: 'Check the parts' } }]);
  });

  it('keeps heads, without secrets', () => {
    const [draft] = capture('SubagentStop', { fields: { last_assistant_message: `token=hunter2hunter2 ${'word '.repeat(1_000)}` } });
    expect(String(draft?.payload['answer'])).toHaveLength(300);
    expect(draft?.payload['answer']).toMatch(/^token=\[redacted\] word/);
  });

  it('leaves other events alone', () => {
    expect(capture('Stop')).toEqual([]);
  });
});
