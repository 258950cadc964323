import { describe, expect, it } from 'vitest';
import { captureCheckpoint } from '../../../../lib/features/checkpoint/capture.ts';
import { operationCount } from '../../../../lib/hook/throttle.ts';
import { asRead, GIT, RECORDED_IDENTITY, recordedCall } from '../../../support/hook-call.ts';
import { recordedInput } from '../../../support/run-hook.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const capture = (...args: Parameters<typeof recordedCall>) =>
  asRead(captureCheckpoint(recordedCall(...args)));

describe('captureCheckpoint', () => {
  it.each([
    ['PreCompact', 'pre-compact', 'manual'],
    ['Stop', 'stop', undefined],
    ['Stop.2.1.330', 'stop', undefined],
    ['StopFailure', 'stop', 'API Error: 400 scripted refusal'],
    ['SessionEnd', 'session-end', 'other'],
  ])('%s always makes one of kind %s', (fixture, kind, note) => {
    const root = tempFolder();
    const { session_id, hook_event_name, last_assistant_message } = recordedInput(fixture);
    for (let round = 0; round < 2; round += 1) {
      expect(capture(fixture, { root })).toMatchObject([
        {
          type: 'checkpoint.created',
          priority: 3,
          payload: {
            ...RECORDED_IDENTITY,
            session_id,
            kind,
            saved_by: `hook/${hook_event_name}`,
            operation_count: 0,
            git_head: GIT.head,
            git_branch: 'main',
            note: note ?? last_assistant_message,
          },
        },
      ]);
    }
  });

  it.each([
    ['PostToolUse', 'Write', '/home/user/project/numbers.txt'],
    ['PostToolUse.Edit', 'Edit', /^\/home\/user\/project\//],
    ['PostToolUse.Bash', 'Bash', /./],
    ['PostToolUse.Bash.in-agent', 'Bash', /./],
    ['PostToolUse.in-agent', /Write|Edit/, /./],
    ['PostToolUse.Agent', 'Agent', /^general-purpose: /],
    ['PostToolUse.Agent.2.1.330', 'Agent', /^general-purpose: /],
  ])('%s is counted and makes one, which names the call', (fixture, tool, target) => {
    const { tool_use_id, agent_id } = recordedInput(fixture);
    const [draft, ...more] = capture(fixture);
    expect(
      more.map(({ type, payload }) => [type, payload['agent_id'], payload['tool_use_id']]),
    ).toEqual(agent_id === undefined ? [] : [['worker.heartbeat', agent_id, tool_use_id]]);
    const like = (wanted: string | RegExp): unknown =>
      typeof wanted === 'string' ? wanted : expect.stringMatching(wanted);
    expect(draft).toMatchObject({ type: 'checkpoint.created', priority: 3 });
    expect(draft?.payload).toMatchObject({
      kind: 'auto',
      saved_by: 'hook/PostToolUse',
      operation_count: 1,
      call: { tool: like(tool), target: like(target), outcome: 'ok', tool_use_id },
    });
    expect(draft?.payload['agent_id']).toBe(agent_id);
  });

  it.each(['PostToolUse.TaskUpdate', 'PostToolUse.TaskCreate', 'PostToolUse.TaskCreate.2.1.330'])(
    '%s is no operation',
    (fixture) => {
      const call = recordedCall(fixture);
      expect([captureCheckpoint(call), operationCount(call.session)]).toEqual([[], 0]);
    },
  );

  it('makes one in an interval and counts all', () => {
    const root = tempFolder();
    expect([1, 2, 3].map(() => capture('PostToolUse', { root }).length)).toEqual([1, 0, 0]);
    expect(operationCount(recordedCall('PostToolUse', { root }).session)).toBe(3);
    expect(capture('Stop', { root })).toMatchObject([{ payload: { operation_count: 3 } }]);
  });

  it('makes each one without an interval', () => {
    const root = tempFolder();
    expect(
      [1, 2].map(() => capture('PostToolUse', { root, config: { checkpointInterval: 0 } }).length),
    ).toEqual([1, 1]);
  });

  it('does not count what the gate has counted', () => {
    const root = tempFolder();
    capture('PostToolUse', { root });
    capture('PostToolUse', { root, isCounted: true });
    expect(operationCount(recordedCall('PostToolUse', { root }).session)).toBe(1);
  });

  it('says outside a repository that there is neither worktree nor repository', () => {
    const [draft] = capture('Stop', { git: undefined });
    for (const name of ['git_head', 'git_branch']) expect(draft?.payload).not.toHaveProperty(name);
    expect(draft?.payload).toMatchObject({ worktree: null, repository: null });
  });

  it('holds neither the content of files nor the output of tools', () => {
    const marker = 'content-of-the-file';
    const fields = {
      tool_input: {
        file_path: '/a/b',
        content: marker,
        old_string: marker,
        new_string: marker,
        prompt: marker,
      },
      tool_response: { content: marker, originalFile: marker, stdout: marker },
    };
    for (const tool of ['Write', 'Edit', 'MultiEdit', 'NotebookEdit', 'Bash', 'Agent', 'Task']) {
      expect(
        JSON.stringify(capture('PostToolUse', { fields: { ...fields, tool_name: tool } })),
      ).not.toContain(marker);
    }
  });

  it('leaves other events alone', () => {
    expect(capture('SessionStart')).toEqual([]);
  });
});
