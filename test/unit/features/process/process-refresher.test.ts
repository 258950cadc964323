import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { processEffects } from '../../../../lib/features/process/effect.ts';
import { createProcessRefresher } from '../../../../lib/features/process/process-refresher.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

function setUp() {
  const database = testStore();
  const apply = eventApplier(database, [processEffects], () => 1);
  let count = 0;
  const tell = (type: string, payload: JsonObject): void => {
    count += 1;
    apply([
      testEvent({ event_id: `evt-${count}`, event_type: type, correlation_id: 'p1', payload }),
    ]);
    const told = createProcessRefresher({ storeAs: (events) => void apply(events) });
    for (const { kind, key } of listDueRefreshes(database, 9))
      if (kind === 'process') told(database, key);
  };
  const told = () =>
    database
      .prepare("SELECT envelope FROM events WHERE type LIKE 'process.%' ORDER BY seq")
      .all()
      .map(({ envelope }): JsonObject => JSON.parse(String(envelope)));
  return { database, tell, told };
}

describe('tellProcess', () => {
  it('tells that workers start and stop', () => {
    const { tell, told } = setUp();
    tell('daemon.started', { worker: 'w1', pid: 7, node: '20' });
    tell('daemon.stopped', { worker: 'w1', pid: 7, node: '20' });
    expect(told()).toMatchObject([
      {
        event_type: 'process.started',
        source: 'worker',
        metadata: { cause: 'evt-1' },
        payload: { kind: 'worker', worker_id: 'w1', pid: 7 },
      },
      {
        event_type: 'process.exited',
        metadata: { cause: 'evt-2' },
        payload: { kind: 'worker', worker_id: 'w1', pid: 7, reason: 'stopped' },
      },
    ]);
  });

  it('tells that agents start and end, and how', () => {
    const { tell, told } = setUp();
    const agent = { session_id: 's1', agent_id: 'a1', agent_type: 'Explore' };
    tell('worker.started', agent);
    tell('worker.completed', agent);
    tell('worker.failed', { ...agent, reason: 'api-error' });
    expect(
      told().map(({ event_type, correlation_id, payload }) => ({
        event_type,
        correlation_id,
        payload,
      })),
    ).toEqual([
      { event_type: 'process.started', correlation_id: 'p1', payload: { ...agent, kind: 'agent' } },
      {
        event_type: 'process.exited',
        correlation_id: 'p1',
        payload: { ...agent, kind: 'agent', reason: 'completed' },
      },
      {
        event_type: 'process.exited',
        correlation_id: 'p1',
        payload: { ...agent, kind: 'agent', reason: 'api-error' },
      },
    ]);
  });

  it('reports the end of a worker once, however often it is called', () => {
    const { tell, told } = setUp();
    tell('daemon.stopped', { worker: 'w1' });
    tell('daemon.stopped', { worker: 'w1' });
    expect(told()).toHaveLength(1);
  });

  it('tells nothing of who has no name, of an agent that never began, or of its own events', () => {
    const { database, tell, told } = setUp();
    tell('daemon.started', {});
    tell('worker.started', { agent_id: 'a1' });
    tell('worker.failed', { session_id: 's1', agent_id: 'a1', reason: 'not-started' });
    expect(told()).toEqual([]);
    tell('worker.started', { session_id: 's1', agent_id: 'a1' });
    database.prepare('DELETE FROM refreshes').run();
    tell('process.started', { kind: 'worker', worker_id: 'w1' });
    expect(listDueRefreshes(database, 9)).toEqual([]);
  });
});
