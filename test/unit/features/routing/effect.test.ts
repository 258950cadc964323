import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { routingEffects } from '../../../../lib/features/routing/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

let number = 0;
function event(
  event_type: string,
  at: number,
  own: Readonly<Record<string, unknown>>,
): EventEnvelope {
  number += 1;
  return testEvent({
    event_id: `e${number}`,
    event_type,
    timestamp: new Date(at).toISOString(),
    payload: { session_id: 's1', ...own },
  });
}

function storeAfter(...events: readonly EventEnvelope[]): Database {
  const database = testStore();
  eventApplier(database, [routingEffects], () => 1)(events);
  return database;
}

describe('routingEffects', () => {
  it('keep which agent a call went to', () => {
    const database = storeAfter(
      event('routing.decision_made', 1_000, {
        tool_use_id: 't1',
        agent_type_chosen: 'Explore',
        model: 'm',
        description: 'look',
      }),
    );
    const row = {
      session_id: 's1',
      tool_use_id: 't1',
      agent_type: 'Explore',
      model: 'm',
      description: 'look',
      at: 1_000,
    };
    expect(database.prepare('SELECT * FROM routings').get()).toMatchObject(row);
  });

  it('fill one row per agent from its start and its end, whichever comes first', () => {
    const start = event('worker.started', 1_000, { agent_id: 'a1', agent_type: 'Explore' });
    const stop = event('worker.completed', 2_000, { agent_id: 'a1' });
    const failure = event('worker.failed', 2_000, { agent_id: 'a1' });
    const row = {
      session_id: 's1',
      agent_id: 'a1',
      type: 'Explore',
      started_at: 1_000,
      stopped_at: 2_000,
    };
    for (const events of [
      [start, stop],
      [stop, start],
      [start, failure],
      [failure, start],
    ]) {
      expect(
        storeAfter(...events)
          .prepare('SELECT session_id, agent_id, type, started_at, stopped_at FROM agents')
          .all(),
      ).toEqual([row]);
    }
  });

  it('keep the first start and the last end of an agent that went on', () => {
    const events = [3_000, 1_000]
      .map((at) => event('worker.started', at, { agent_id: 'a1' }))
      .concat([2_000, 4_000].map((at) => event('worker.completed', at, { agent_id: 'a1' })));
    expect(
      storeAfter(...events)
        .prepare('SELECT started_at, stopped_at FROM agents')
        .get(),
    ).toEqual({ started_at: 1_000, stopped_at: 4_000 });
  });

  it('fill one row per task from its making and its completion', () => {
    const database = storeAfter(
      event('task.completed', 2_000, { task_id: '1' }),
      event('task.created', 1_000, { task_id: '1', subject: 'mend it' }),
    );
    expect(
      database.prepare('SELECT task_id, subject, created_at, completed_at FROM tasks').all(),
    ).toEqual([{ task_id: '1', subject: 'mend it', created_at: 1_000, completed_at: 2_000 }]);
  });

  it.each([
    ['routing.decision_made', 'routings', { session_id: undefined }],
    ['worker.started', 'agents', {}],
    ['task.created', 'tasks', {}],
  ])('make no row of %s without the ids that it needs', (type, table, own) => {
    expect(
      storeAfter(event(type, 1_000, own))
        .prepare(`SELECT count(*) AS n FROM ${table}`)
        .get(),
    ).toEqual({ n: 0 });
  });
});
