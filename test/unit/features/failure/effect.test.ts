import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { failureEffects } from '../../../../lib/features/failure/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

function failureOf(payload: JsonObject): unknown {
  const database = testStore();
  eventApplier(
    database,
    [failureEffects],
    () => 1,
  )([
    testEvent({
      event_id: 'f1',
      event_type: 'task.failed',
      timestamp: '2026-11-22T12:00:00Z',
      payload,
    }),
  ]);
  return database.prepare('SELECT * FROM failures').get();
}

describe('failureEffects', () => {
  it('make a row of a tool call that failed', () => {
    const call = { tool: 'Bash', target: 'npm test', tool_use_id: 't1', error: 'exit 1' };
    expect(failureOf({ session_id: 's1', agent_id: 'a1', call })).toEqual({
      id: 'f1',
      session_id: 's1',
      agent_id: 'a1',
      tool_use_id: 't1',
      tool: 'Bash',
      target: 'npm test',
      error: 'exit 1',
      at: Date.parse('2026-11-22T12:00:00Z'),
    });
  });

  it('make a row of a turn that the API ended', () => {
    expect(failureOf({ session_id: 's1', turn: { error: 'overloaded' } })).toMatchObject({
      tool: 'turn',
      error: 'overloaded',
      tool_use_id: null,
    });
  });

  it('keep a failure that says nothing of itself', () => {
    expect(failureOf({})).toMatchObject({
      session_id: null,
      tool: 'turn',
      error: 'no reason given',
    });
  });
});
