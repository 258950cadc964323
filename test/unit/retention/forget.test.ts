import { describe, expect, it } from 'vitest';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { forgetRows } from '../../../lib/retention/forget.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { learn } from '../../support/learn.ts';
import { testEvent } from '../../support/test-event.ts';
import { dumpStore, testStore } from '../../support/test-store.ts';

const EVENTS = [
  ['session.started', { reason: 'startup' }],
  [
    'checkpoint.created',
    { kind: 'auto', call: { tool: 'Bash', target: 'ls', outcome: 'ok', tool_use_id: 'toolu_1' } },
  ],
  [
    'task.failed',
    { call: { tool: 'Bash', target: 'x', outcome: 'failed', tool_use_id: 'toolu_2', error: 'no' } },
  ],
  ['worker.started', { agent_id: 'a1', agent_type: 'general' }],
  ['task.created', { task_id: '1', subject: 's' }],
  ['routing.decision_made', { agent_type_chosen: 'general' }],
] as const;

describe('forgetRows', () => {
  it('leaves the store as if the session had never existed, and records nothing about it', () => {
    const database = testStore();
    const apply = eventApplier(database, EFFECTS, () => 1);
    apply(eventsOf('keep', 100));
    learn(database, 'keep');
    const before = dumpStore(database);
    apply(eventsOf('gone', 200));
    learn(database, 'gone');
    expect(forgetRows(database, new Set(['gone']))).toBeGreaterThanOrEqual(EVENTS.length);
    expect(dumpStore(database)).toEqual(before);
  });

  it('keeps what is known about a failure that another session met, too', () => {
    const database = testStore();
    const apply = eventApplier(database, EFFECTS, () => 1);
    apply([...eventsOf('keep', 100), ...eventsOf('gone', 200)]);
    learn(database, 'keep');
    database.exec(
      "INSERT INTO fix_commands (command_key, pattern_id) SELECT 'k', id FROM failure_patterns",
    );
    expect(database.prepare('SELECT count(*) AS n FROM fix_commands').get()).toEqual({ n: 1 });
    forgetRows(database, new Set(['gone']));
    expect(database.prepare('SELECT count(*) AS n FROM fix_commands').get()).toEqual({ n: 1 });
    forgetRows(database, new Set(['keep']));
    expect(database.prepare('SELECT count(*) AS n FROM fix_commands').get()).toEqual({ n: 0 });
  });

  it('removes rows of tables that have a session_id, whatever they are called', () => {
    const database = testStore();
    database.exec(
      "CREATE TABLE later (session_id TEXT, x TEXT); INSERT INTO later VALUES ('gone', 'x'), ('keep', 'y')",
    );
    expect(forgetRows(database, new Set(['gone']))).toBe(1);
    expect(database.prepare('SELECT x FROM later').all()).toEqual([{ x: 'y' }]);
  });

  it('does nothing for an unknown session', () => {
    expect(forgetRows(testStore(), new Set(['nobody']))).toBe(0);
  });
});

function eventsOf(session: string, from: number): ReturnType<typeof testEvent>[] {
  return EVENTS.map(([event_type, payload], index) => {
    const call =
      'call' in payload
        ? { call: { ...payload.call, tool_use_id: `${payload.call.tool_use_id}${session}` } }
        : {};
    return testEvent({
      event_type,
      event_id: `evt_20261122_044832_${String(from + index).padStart(16, '0')}`,
      payload: { session_id: session, project: '/p', ...payload, ...call },
    });
  });
}
