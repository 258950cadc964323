import { describe, expect, it } from 'vitest';
import { readLatestSessions } from '../../../../lib/features/resume/table.ts';
import { readResumeState } from '../../../../lib/features/resume/resume-state.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { storeFact } from '../../../support/store-fact.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

type Told = readonly [type: string, seconds: number, payload?: Readonly<Record<string, unknown>>];

function storeOf(...events: readonly Told[]): Database {
  const database = testStore();
  const sealed = events.map(([event_type, seconds, payload], index) =>
    testEvent({
      event_type,
      event_id: `evt_20261122_044832_${String(index).padStart(16, '0')}`,
      timestamp: new Date(seconds * 1_000).toISOString(),
      payload: { session_id: 's1', project: '/p', ...payload },
    }),
  );
  eventApplier(database, EFFECTS, () => 1)(sealed);
  return database;
}

const where = (database: Database) => readResumeState(database, 's1', () => undefined);

describe('whereYouWere', () => {
  it('knows the last real prompt, and the one before where it is too short to tell the task', () => {
    const store = storeOf(
      ['session.prompt_submitted', 1, { prompt: 'Teach the parser to read dates' }],
      [
        'session.prompt_submitted',
        2,
        { prompt: '<task-notification>done</task-notification>', synthetic: true },
      ],
      ['session.prompt_submitted', 3, { prompt: 'go on' }],
      ['session.prompt_submitted', 4, { prompt: 'nobody typed this', synthetic: true }],
      ['session.prompt_submitted', 5, { prompt: '/compact' }],
    );
    expect(where(store)?.prompts).toEqual(['go on', 'Teach the parser to read dates']);
  });

  it('knows tasks that are not completed or deleted, and the latest list of todos', () => {
    const store = storeOf(
      ...['1', '2', '3', '4'].map(
        (task_id, index): Told => ['task.created', index, { task_id, subject: `task ${task_id}` }],
      ),
      ['task.completed', 10, { task_id: '1' }],
      ['task.completed', 10, { task_id: '4' }],
    );
    storeFact(store, 's1', { kind: 'task-status', taskId: '2', status: 'deleted', at: 11_000 });
    storeFact(store, 's1', { kind: 'task-status', taskId: '3', status: 'in_progress', at: 11_000 });
    storeFact(store, 's1', { kind: 'task-status', taskId: '3', status: 'pending', at: 9_000 });
    storeFact(store, 's1', { kind: 'task-status', taskId: '4', status: 'pending', at: 12_000 });
    storeFact(store, 's1', {
      kind: 'todos',
      items: [
        { text: 'new', status: 'pending' },
        { text: 'done', status: 'completed' },
      ],
      at: 6_000,
    });
    storeFact(store, 's1', {
      kind: 'todos',
      items: [{ text: 'old', status: 'pending' }],
      at: 5_000,
    });
    expect(where(store)?.todos).toEqual({
      open: [
        { text: 'task 3', status: 'in_progress' },
        { text: 'new', status: 'pending' },
        { text: 'task 4', status: 'pending' },
      ],
      total: 5,
    });
  });

  it('knows calls from hooks and transcripts, however late their times are known', () => {
    const call = (tool_use_id: string, target: string, outcome: string) => ({
      call: {
        tool: 'Bash',
        tool_use_id,
        target,
        outcome,
        ...(outcome === 'failed' ? { error: 'Exit code 2' } : {}),
      },
    });
    const store = storeOf(
      ['task.failed', 3, call('t1', 'make', 'failed')],
      [
        'checkpoint.created',
        4,
        { kind: 'auto', operation_count: 7, git_branch: 'dates', ...call('t2', 'ls', 'ok') },
      ],
    );
    expect(where(store)).toMatchObject({
      failures: [{ target: 'make', error: 'Exit code 2', count: 1 }],
      commands: [
        { command: 'ls', outcome: 'ok' },
        { command: 'make', outcome: 'failed' },
      ],
      branch: 'dates',
      lastCheckpoint: { at: 4_000, kind: 'auto', operations: 7 },
      ended: false,
    });
  });

  it('asks for what is known of a failure in its project', () => {
    const store = storeOf([
      'task.failed',
      3,
      {
        call: {
          tool: 'Bash',
          tool_use_id: 't1',
          target: 'make',
          outcome: 'failed',
          error: 'no rule',
        },
      },
    ]);
    const asked: unknown[] = [];
    const told = readResumeState(store, 's1', (failure) => {
      asked.push(failure);
      return { kind: 'other', fix: 'make all' };
    });
    expect(asked).toEqual([{ tool: 'Bash', target: 'make', error: 'no rule', project: '/p' }]);
    expect(told?.failures[0]?.fix).toBe('make all');
  });

  it('knows nothing of a session that the store has not', () => {
    expect(where(testStore())).toBeUndefined();
  });
});

describe('latestSessions', () => {
  it('are those of the project, latest first, with the process that has each and whether it ended', () => {
    const client = { pid: 12, started: '345' };
    const store = storeOf(
      ['session.started', 1, { session_id: 'a', client }],
      ['session.ended', 2, { session_id: 'a' }],
      ['session.started', 3, { session_id: 'b', client: { pid: 13 } }],
      ['session.ended', 4, { session_id: 'c' }],
      ['session.started', 5, { session_id: 'c', client: { pid: 14 } }],
      ['session.started', 1, { session_id: 'c', client: { pid: 99 } }],
      ['session.started', 6, { session_id: 'd', project: '/other' }],
    );
    expect(readLatestSessions(store, '/p')).toEqual([
      { session: 'c', ended: false, lastEventAt: 5_000, client: { pid: 14 } },
      { session: 'b', ended: false, lastEventAt: 3_000, client: { pid: 13 } },
      { session: 'a', ended: true, lastEventAt: 2_000, client },
    ]);
  });
});
