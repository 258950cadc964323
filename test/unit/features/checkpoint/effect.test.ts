import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { checkpointEffects } from '../../../../lib/features/checkpoint/effect.ts';
import { sessionEffects } from '../../../../lib/features/session/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

const NOON = Date.parse('2026-11-22T12:00:00.250Z');

function checkpoint(id: string, at: number, own: Readonly<Record<string, unknown>>): EventEnvelope {
  return testEvent({
    event_id: id,
    event_type: 'checkpoint.created',
    timestamp: new Date(at).toISOString(),
    payload: { session_id: 's1', ...own },
  });
}

function storeAfter(...events: readonly EventEnvelope[]): Database {
  const database = testStore();
  for (const result of eventApplier(database, [sessionEffects, checkpointEffects], () => 1)(events))
    expect(result).toEqual({ state: 'applied' });
  return database;
}

function summary(database: Database): unknown {
  return database
    .prepare('SELECT last_auto_at, checkpoint_by, operation_count, checkpoint_kind FROM sessions')
    .get();
}

describe('checkpointEffects', () => {
  it('make a row of every checkpoint, with the call that made it', () => {
    const call = { tool: 'Edit', target: '/p/a.ts', outcome: 'ok', tool_use_id: 't1' };
    const own = {
      kind: 'auto',
      saved_by: 'hook/PostToolUse',
      operation_count: 7,
      git_head: 'abc',
      git_branch: 'main',
      note: 'n',
      agent_id: 'a1',
      call,
    };
    expect(
      storeAfter(checkpoint('c1', NOON, own))
        .prepare('SELECT * FROM checkpoints')
        .all(),
    ).toEqual([
      {
        id: 'c1',
        session_id: 's1',
        agent_id: 'a1',
        kind: 'auto',
        at: NOON,
        saved_by: 'hook/PostToolUse',
        operation_count: 7,
        tool: 'Edit',
        target: '/p/a.ts',
        outcome: 'ok',
        tool_use_id: 't1',
        git_head: 'abc',
        git_branch: 'main',
        note: 'n',
      },
    ]);
  });

  it('sum up a session: the latest checkpoint, the latest automatic one, the greatest count', () => {
    const database = storeAfter(
      checkpoint('c2', NOON + 60_000, { kind: 'stop', saved_by: 'hook/Stop', operation_count: 3 }),
      checkpoint('c1', NOON, { kind: 'auto', saved_by: 'hook/PostToolUse', operation_count: 9 }),
    );
    expect(summary(database)).toEqual({
      last_auto_at: NOON,
      checkpoint_by: 'hook/Stop',
      operation_count: 9,
      checkpoint_kind: 'stop',
    });
  });

  it('know no automatic checkpoint while there is none', () => {
    expect(
      summary(storeAfter(checkpoint('c1', NOON, { kind: 'manual', saved_by: 'cli' }))),
    ).toMatchObject({ last_auto_at: null, operation_count: 0 });
  });

  it('call a checkpoint without kind or maker manual, made by its source', () => {
    const database = storeAfter(checkpoint('c1', NOON, {}));
    expect(database.prepare('SELECT kind, saved_by FROM checkpoints').get()).toEqual({
      kind: 'manual',
      saved_by: 'hook/UserPromptSubmit',
    });
  });

  it('leave a checkpoint of no session an event like any other', () => {
    const database = storeAfter(testEvent({ event_type: 'checkpoint.created', payload: {} }));
    expect(database.prepare('SELECT count(*) AS n FROM checkpoints').get()).toEqual({ n: 0 });
  });
});
