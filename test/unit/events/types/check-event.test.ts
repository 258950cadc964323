import { describe, expect, it } from 'vitest';
import { checkEvent } from '../../../../lib/events/types/check-event.ts';
import { testEvent } from '../../../support/test-event.ts';

const FAILED = testEvent({
  event_type: 'task.failed',
  payload: { call: { tool: 'Bash', error: 'no' } },
});

describe('checkEvent', () => {
  it('takes an event whose payload is one of its type', () => {
    expect(checkEvent(FAILED, 'refuse')).toEqual({ ok: true, event: FAILED });
  });

  it.each([
    ['payload.call.tool', 'must be a string', { call: { tool: 5 } }],
    ['payload.call.outcome', 'must be ok or failed', { call: { outcome: 'maybe' } }],
    ['payload.call', 'must be an object', { call: [] }],
    ['payload.is_interrupt', 'must be true or false', { is_interrupt: 'no' }],
    ['payload.turn.error', 'must be a string', { turn: { error: null } }],
  ])('refuses with the path %s', (field, reason, payload) => {
    expect(checkEvent({ ...FAILED, payload }, 'refuse')).toEqual({ ok: false, field, reason });
  });

  it('checks the envelope first', () => {
    expect(checkEvent({ ...FAILED, source: '', payload: { call: 5 } }, 'refuse')).toMatchObject({
      field: 'source',
    });
  });

  it('counts within lists', () => {
    const event = testEvent({ event_type: 'system.health_alert', payload: { ids: ['a', 2] } });
    expect(checkEvent(event, 'refuse')).toEqual({
      ok: false,
      field: 'payload.ids.1',
      reason: 'must be a string',
    });
  });

  it('stores an alias under the name of the type, and checks its payload against that type', () => {
    const event = testEvent({ event_type: 'routing.decision', payload: { model: 'x' } });
    expect(checkEvent(event, 'refuse')).toEqual({
      ok: true,
      event: { ...event, event_type: 'routing.decision_made' },
    });
    expect(checkEvent({ ...event, payload: { model: 5 } }, 'refuse')).toMatchObject({
      field: 'payload.model',
    });
  });

  it.each([
    ['task.faild', 'task.failed'],
    ['worker.strated', 'worker.started'],
    ['checkpoint.create', 'checkpoint.created'],
  ])('names what %s may mean', (type, meant) => {
    const result = checkEvent(testEvent({ event_type: type }), 'refuse');
    expect(result).toMatchObject({ ok: false, field: 'event_type' });
    expect(result.ok ? '' : result.reason).toMatch(
      new RegExp(`did you mean ${meant.replace('.', '\\.')}\\b`),
    );
  });

  it('lists all of the category if no name is close', () => {
    const result = checkEvent(testEvent({ event_type: 'task.turned_upside_down' }), 'refuse');
    expect(result.ok ? '' : result.reason).toContain(
      'task.created, task.assigned, task.completed or task.failed',
    );
  });

  it('accepts an unknown type of ours that a later version may have', () => {
    const event = testEvent({ event_type: 'task.reopened' });
    expect(checkEvent(event, 'pass')).toEqual({ ok: true, event });
  });

  it.each(['build.failed', 'tasks.failed', 'my.task.failed'])(
    'leaves %s to the user',
    (event_type) => {
      const event = testEvent({ event_type, payload: { call: 5 } });
      expect(checkEvent(event, 'refuse')).toEqual({ ok: true, event });
    },
  );

  it('refuses an event with more than eight handlers behind it', () => {
    expect(
      checkEvent({ ...FAILED, metadata: { cause: 'evt_1', depth: 8 } }, 'refuse'),
    ).toMatchObject({ ok: true });
    expect(checkEvent({ ...FAILED, metadata: { cause: 'evt_1', depth: 9 } }, 'pass')).toMatchObject(
      { ok: false, field: 'metadata.depth' },
    );
  });
});
