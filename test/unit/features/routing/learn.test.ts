import { describe, expect, it } from 'vitest';
import type { EventDraft, EventEnvelope } from '../../../../lib/events/envelope.ts';
import { createRoutingRefresher } from '../../../../lib/features/routing/learn.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database, Row } from '../../../../lib/store/database.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { NESTED_CLIENTS, nestedSession, playNested } from '../../../support/nested-agents.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function apply(store: Database, events: readonly EventEnvelope[]): void {
  for (const result of eventApplier(store, EFFECTS, () => 1)(events))
    expect(result).not.toMatchObject({ state: 'failed' });
}

/** A refresher whose events go into the store, as the worker's do. */
function refresher(store: Database, clock = () => NOW) {
  const said: EventDraft[] = [];
  const refresh = createRoutingRefresher({
    clock,
    store: (drafts) => {
      const events = drafts.map(({ type, payload }, index) =>
        testEvent({
          event_id: `said${said.length + index}`,
          event_type: type,
          timestamp: new Date(clock()).toISOString(),
          source: 'worker',
          payload,
        }),
      );
      said.push(...drafts);
      apply(store, events);
    },
  });
  return { said, refresh: (key: string) => refresh(store, key) };
}

function runs(store: Database): readonly Row[] {
  return store.prepare('SELECT * FROM agent_runs ORDER BY at, tool_use_id').all();
}

/** The events of one agent that was given a task. */
function agentEvents(
  name: string,
  { type = 'Explore', ends = true, at = NOW - 60_000 } = {},
): readonly EventEnvelope[] {
  const event = (event_type: string, after: number, own: Readonly<Record<string, unknown>>) =>
    testEvent({
      event_id: `${name}-${event_type}`,
      event_type,
      timestamp: new Date(at + after).toISOString(),
      payload: { session_id: 's1', ...own },
    });
  const call = {
    tool: 'Agent',
    target: `${type}: Find it`,
    outcome: 'ok',
    tool_use_id: `call-${name}`,
  };
  return [
    event('routing.decision_made', 0, {
      tool_use_id: `call-${name}`,
      agent_type_chosen: type,
      model: 'haiku',
      description: 'Find it',
    }),
    event('worker.started', 5, { agent_id: name, agent_type: type }),
    ...(ends
      ? [
          event('worker.completed', 1_005, { agent_id: name, agent_type: type }),
          event('checkpoint.created', 1_010, { call }),
        ]
      : []),
  ];
}

/** What transcripts tell beside it. */
function link(store: Database, name: string, tokens: number): void {
  store
    .prepare(
      'UPDATE agents SET tool_use_id = ?, answer_at = 1, answer_model = ?, answer_tokens = ? WHERE agent_id = ?',
    )
    .run(`call-${name}`, 'claude-haiku-4-5-20260101', tokens, name);
}

describe('the routing refresher', () => {
  it.each(NESTED_CLIENTS)(
    'closes the task of each agent of a recorded session (%s)',
    async (version) => {
      const store = testStore();
      const session = nestedSession(version);
      await playNested(store, session);
      expect(listDueRefreshes(store, 100)).toContainEqual(
        expect.objectContaining({ kind: 'routing', key: session.id }),
      );
      refresher(store).refresh(session.id);
      const common = {
        session_id: session.id,
        agent_type: 'general-purpose',
        model: expect.stringMatching(/^claude-opus-\d-\d$/),
        outcome: 'ok',
      };
      const counted = {
        tokens: expect.any(Number),
        duration_ms: expect.any(Number),
        ended_at: expect.any(Number),
        agent_id: expect.any(String),
      };
      expect(runs(store)).toEqual([
        expect.objectContaining({ ...common, ...counted, kind: 'review', tool_uses: 2 }),
        expect.objectContaining({ ...common, ...counted, kind: 'search', tool_uses: 1 }),
      ]);
    },
  );

  it('makes the same rows in whatever order events and transcripts came', async () => {
    const session = nestedSession('2.1.330');
    const [one, other] = [testStore(), testStore()];
    await playNested(one, session);
    apply(other, session.events.slice(0, 1));
    await playNested(other, { ...session, events: [...session.events].reverse() });
    for (const store of [one, other]) refresher(store).refresh(session.id);
    expect(runs(other)).toEqual(runs(one));
  });

  it('leaves a task open until its agent ends', () => {
    const store = testStore();
    apply(store, agentEvents('a1', { ends: false }));
    link(store, 'a1', 100);
    const { refresh } = refresher(store);
    refresh('s1');
    expect(runs(store)).toMatchObject([
      { outcome: 'running', ended_at: null, duration_ms: null, kind: 'search' },
    ]);
    apply(store, agentEvents('a1'));
    refresh('s1');
    expect(runs(store)).toMatchObject([
      { outcome: 'ok', duration_ms: 1_000, tokens: 100, model: 'claude-haiku-4-5' },
    ]);
  });

  it.each([
    ['completed', 'ok'],
    ['failed', 'failed'],
    ['killed', 'stopped'],
  ])('takes the word of the client that a background agent %s', (status, outcome) => {
    const store = testStore();
    const agent = {
      agent_id: 'a1',
      tool_use_id: 'call-a1',
      status,
      tokens: 500,
      tool_uses: 3,
      duration_ms: 700,
    };
    apply(store, [
      ...agentEvents('a1'),
      testEvent({ event_id: 'told', payload: { session_id: 's1', synthetic: true, agent } }),
    ]);
    refresher(store).refresh('s1');
    expect(runs(store)).toMatchObject([{ outcome, tokens: 500, tool_uses: 3, duration_ms: 700 }]);
  });

  it('counts an agent that an API error ended as failed, and not the caller of one that could not begin', () => {
    const store = testStore();
    const failed = (event_id: string, agent_id: string, reason: string) =>
      testEvent({
        event_id,
        event_type: 'worker.failed',
        payload: { session_id: 's1', agent_id, reason },
      });
    apply(store, [
      ...agentEvents('a1', { ends: false }),
      ...agentEvents('a2'),
      failed('f1', 'a1', 'api-error'),
      failed('f2', 'a2', 'not-started'),
    ]);
    for (const name of ['a1', 'a2']) link(store, name, 1);
    refresher(store).refresh('s1');
    expect(runs(store).map((row) => row['outcome'])).toEqual(['failed', 'ok']);
  });

  it('says once that the advice changed, and once that there is none any more', () => {
    const store = testStore();
    let now = NOW;
    const { said, refresh } = refresher(store, () => now);
    for (const [type, tokens] of [
      ['Explore', 100],
      ['general-purpose', 900],
    ] as const) {
      for (let index = 0; index < 5; index += 1) {
        apply(store, agentEvents(`${type}${index}`, { type }));
        link(store, `${type}${index}`, tokens);
      }
    }
    refresh('s1');
    refresh('s1');
    refresh('');
    expect(said).toMatchObject([
      {
        type: 'learning.model_updated',
        payload: {
          model: 'routing',
          kind: 'search',
          agent_type: 'Explore',
          agent_model: 'claude-haiku-4-5',
          runs: 5,
          success_rate: 1,
          tokens: 100,
          confidence: 0.5,
        },
      },
    ]);
    now += 200 * 24 * 60 * 60 * 1000;
    apply(store, [
      testEvent({ event_id: 'cycle', event_type: 'learning.cycle_requested', payload: {} }),
    ]);
    expect(listDueRefreshes(store, 100)).toContainEqual(
      expect.objectContaining({ kind: 'routing', key: '' }),
    );
    refresh('');
    refresh('');
    expect(said.slice(1)).toEqual([
      expect.objectContaining({ payload: { model: 'routing', kind: 'search' } }),
    ]);
  });

  it('does not say it for ever when the clock stepped back', () => {
    const store = testStore();
    let now = NOW;
    const { said, refresh } = refresher(store, () => now);
    apply(store, [
      testEvent({
        event_id: 'later',
        event_type: 'learning.model_updated',
        timestamp: '2027-01-01T00:00:00Z',
        payload: { model: 'routing', kind: 'search', agent_type: 'a', agent_model: 'b' },
      }),
    ]);
    refresh('');
    refresh('');
    expect(said).toEqual([]);
    now = Date.parse('2027-01-02T00:00:00Z');
    refresh('');
    expect(said).toHaveLength(1);
  });
});
