import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { captureFailure } from '../../../../lib/features/failure/capture.ts';
import { operationCount } from '../../../../lib/hook/throttle.ts';
import { asRead, RECORDED_IDENTITY, recordedCall } from '../../../support/hook-call.ts';
import { recordedInput } from '../../../support/run-hook.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const capture = (...args: Parameters<typeof recordedCall>) =>
  asRead(captureFailure(recordedCall(...args)));

describe('captureFailure', () => {
  it('makes an event of each failed call, however soon after the last', () => {
    const root = tempFolder();
    const { session_id, tool_use_id } = recordedInput('PostToolUseFailure');
    const call = {
      tool: 'Bash',
      target: 'echo looking >&2; exit 3',
      outcome: 'failed',
      tool_use_id,
      error: 'Exit code 3\nlooking',
      duration_ms: 32,
    };
    for (let round = 1; round <= 3; round += 1) {
      expect(capture('PostToolUseFailure', { root })).toMatchObject([
        {
          type: 'task.failed',
          priority: 2,
          payload: { ...RECORDED_IDENTITY, session_id, call, is_interrupt: false },
        },
      ]);
      expect(operationCount(recordedCall('PostToolUseFailure', { root }).session)).toBe(round);
    }
  });

  it('makes an event of a turn that the API ended', () => {
    expect(capture('StopFailure')).toMatchObject([
      { type: 'task.failed', priority: 2, payload: { turn: { error: 'unknown' } } },
    ]);
    expect(
      capture('StopFailure', { fields: { error: undefined, error_details: 'why' } }),
    ).toMatchObject([{ payload: { turn: { error: 'unknown: why' } } }]);
    expect(capture('StopFailure')[0]?.payload).not.toHaveProperty('call');
  });

  it('tells an interrupted call', () => {
    expect(capture('PostToolUseFailure', { fields: { is_interrupt: true } })).toMatchObject([
      { payload: { is_interrupt: true } },
    ]);
  });

  it('keeps the head of a long error, without secrets', () => {
    const [draft] = capture('PostToolUseFailure', {
      fields: { error: `Exit code 1\npassword=hunter2hunter2 ${'x'.repeat(100_000)}` },
    });
    expect(draft?.payload).toMatchObject({
      call: { error: expect.stringMatching(/^Exit code 1\npassword=\[redacted\] x+…$/) },
    });
    expect(JSON.stringify(draft).length).toBeLessThan(2_000);
  });

  it('does not count what the gate has counted, nor what is no operation', () => {
    for (const changes of [{ isCounted: true }, { fields: { tool_name: 'Read' } }]) {
      const call = recordedCall('PostToolUseFailure', changes);
      expect([captureFailure(call).length, operationCount(call.session)]).toEqual([1, 0]);
    }
  });

  it('is not lost where it cannot be counted', () => {
    const root = tempFolder();
    writeFileSync(`${root}/throttle`, '');
    expect(capture('PostToolUseFailure', { root })).toHaveLength(1);
  });

  it('says something where the client says nothing', () => {
    const fields = {
      error: undefined,
      tool_name: undefined,
      tool_input: undefined,
      tool_use_id: undefined,
    };
    expect(capture('PostToolUseFailure', { fields })).toMatchObject([
      { payload: { call: { tool: 'unknown', target: '', error: 'no reason given' } } },
    ]);
  });

  it('leaves other events alone', () => {
    expect(capture('Stop')).toEqual([]);
  });
});
