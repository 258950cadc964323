import { describe, expect, it } from 'vitest';
import {
  type BuiltinHandlerParts,
  builtinHandlers,
} from '../../../../lib/delivery/builtin/builtin-handlers.ts';
import { BUILTIN_NAMES } from '../../../../lib/delivery/builtin/builtin.ts';
import { makeMatcher } from '../../../../lib/delivery/matching.ts';
import type { DeliveryResult } from '../../../../lib/delivery/subscription.ts';
import { checkEvent } from '../../../../lib/events/types/check-event.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { testEvent } from '../../../support/test-event.ts';

const NOW = Date.parse('2026-11-22T05:00:00.000Z');

/** What the handlers of ours make of an event, one after the other. */
async function answersTo(
  event: EventEnvelope,
  own: Partial<BuiltinHandlerParts> = {},
  attempt = 1,
): Promise<{
  readonly events: readonly EventEnvelope[];
  readonly results: readonly DeliveryResult[];
}> {
  const events: EventEnvelope[] = [];
  const parts: BuiltinHandlerParts = {
    clock: () => NOW,
    emit: (made) => void events.push(made),
    findUnresponsive: () => [],
    cleanUp: () =>
      Promise.resolve({
        events: 3,
        sessions: 1,
        deliveries: 2,
        files: 0,
        kinds: [{ kind: 'events', count: 4, bytes: 100 }],
      }),
    failureTimes: () => [],
    learn: () => ({ changes: { detected: 0, promoted: 0, faded: 0 }, drafts: [] }),
    agentRun: () => undefined,
    startWorker: () => false,
    sample: () => ({ processed: 7 }),
    writeReport: () => Promise.resolve('none was needed'),
    notifySettings: () => ({ isOn: false, afterMs: 0 }),
    waitingSession: () => Promise.resolve(undefined),
    showNotice: () => Promise.resolve(undefined),
    ...own,
  };
  const source = builtinHandlers(parts);
  const names = makeMatcher(source)()?.(event) ?? [];
  const results = [];
  for (const { name, deliver } of source())
    if (names.includes(name))
      results.push(await deliver({ event, attempt, signal: new AbortController().signal }));
  for (const made of events) expect(checkEvent(made, 'refuse')).toMatchObject({ ok: true });
  return { events, results };
}

describe('the list of handlers of ours', () => {
  it('names each, and nothing else', () => {
    const nothing = (): undefined => undefined;
    const source = builtinHandlers({
      clock: () => NOW,
      emit: nothing,
      findUnresponsive: () => [],
      cleanUp: () =>
        Promise.resolve({ events: 0, sessions: 0, deliveries: 0, files: 0, kinds: [] }),
      failureTimes: () => [],
      learn: () => ({ changes: {}, drafts: [] }),
      agentRun: nothing,
      startWorker: () => false,
      sample: () => ({}),
      writeReport: () => Promise.resolve(''),
      notifySettings: () => ({ isOn: false, afterMs: 0 }),
      waitingSession: () => Promise.resolve(undefined),
      showNotice: () => Promise.resolve(undefined),
    });
    expect(
      source()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(BUILTIN_NAMES.map((name) => `builtin/${name}`));
  });
});

const failure = testEvent({
  event_type: 'task.failed',
  timestamp: '2026-11-22T04:59:59.000Z',
  payload: { session_id: 's1' },
});
const at = Date.parse(failure.timestamp);

describe('a handler of ours', () => {
  it('names the event that it answers, and how deep the chain is', async () => {
    const { events } = await answersTo(
      testEvent({
        event_type: 'system.observability_check',
        correlation_id: 'c1',
        metadata: { depth: 2 },
      }),
    );
    expect(events).toMatchObject([
      {
        event_type: 'system.health_sampled',
        source: 'handler/observability',
        correlation_id: 'c1',
        metadata: { cause: testEvent().event_id, depth: 3 },
        payload: { processed: 7 },
      },
    ]);
  });

  it('emits the same event under the same id when a delivery is repeated', async () => {
    const event = testEvent({ event_type: 'system.observability_check' });
    const [first, second] = [
      await answersTo(event),
      await answersTo(event, { clock: () => NOW + 1_000 }),
    ];
    expect(first.events[0]?.event_id).toBe(second.events[0]?.event_id);
    const other = await answersTo(testEvent({ ...event, event_id: 'other' }));
    expect(other.events[0]?.event_id).not.toBe(first.events[0]?.event_id);
  });

  it('stops an endless chain of handlers', async () => {
    const { events, results } = await answersTo(
      testEvent({ event_type: 'system.observability_check', metadata: { depth: 8 } }),
    );
    expect(events).toEqual([]);
    expect(results).toContainEqual(expect.objectContaining({ state: 'refused' }));
  });
});

describe('heartbeat', () => {
  it('raises one alert per unresponsive worker or agent, whichever event reports it', async () => {
    const found = await answersTo(testEvent({ event_type: 'system.observability_check' }), {
      findUnresponsive: () => [{ kind: 'worker', id: 'w1', silentMs: 300_000 }],
    });
    const told = await answersTo(
      testEvent({
        event_type: 'process.stale',
        payload: { kind: 'worker', worker_id: 'w1', silent_ms: 400_000 },
      }),
    );
    expect(found.events[0]).toMatchObject({
      event_type: 'system.health_alert',
      payload: { reason: 'worker-silent', message: 'Worker w1 has been silent for 5 minutes' },
    });
    expect(told.events.map(({ event_id }) => event_id)).toEqual([found.events[0]?.event_id]);
  });

  it('names the session of an agent', async () => {
    const { events } = await answersTo(
      testEvent({
        event_type: 'process.stale',
        payload: { kind: 'agent', agent_id: 'a1', session_id: 's1', silent_ms: 1 },
      }),
    );
    expect(events).toMatchObject([
      { payload: { reason: 'agent-silent', agent_id: 'a1', session_id: 's1' } },
    ]);
  });
});

describe('clean-up', () => {
  it('cleans up on request, and reports what was deleted', async () => {
    const { events } = await answersTo(
      testEvent({ event_type: 'system.cleanup_needed', payload: { schedule: 'cleanup' } }),
    );
    expect(events).toMatchObject([
      {
        event_type: 'system.cleanup_completed',
        payload: { removed: 6, events: 3, sessions: 1, deliveries: 2, files: 0 },
      },
    ]);
  });

  it('leaves a full context to its session', async () => {
    expect(
      await answersTo(
        testEvent({
          event_type: 'system.cleanup_needed',
          payload: { session_id: 's1', threshold: 85 },
        }),
      ),
    ).toEqual({
      events: [],
      results: [],
    });
  });
});

describe('task-failure', () => {
  const times = (count: number, gapMs = 1_000): readonly number[] =>
    Array.from({ length: count }, (_, index) => at - index * gapMs);

  it.each([
    ['ten in a row', times(10), 1],
    ['nine', times(9), 0],
    ['ten, far apart', times(10, 61_000), 0],
    ['nine after a gap', [...times(9), at - 200_000], 0],
    ['a burst that never ends', times(1_000), 0],
  ])('counts %s', async (_, seen, alerts) => {
    expect((await answersTo(failure, { failureTimes: () => seen })).events).toHaveLength(alerts);
  });

  it('raises one alert per burst, however long it gets', async () => {
    const begun = times(10);
    const first = await answersTo(failure, { failureTimes: () => begun });
    const later = await answersTo(
      { ...failure, event_id: 'later' },
      { failureTimes: () => [at + 5_000, ...begun] },
    );
    const next = await answersTo(
      { ...failure, event_id: 'next' },
      { failureTimes: () => times(10).map((time) => time + 600_000) },
    );
    expect(later.events[0]?.event_id).toBe(first.events[0]?.event_id);
    expect(next.events[0]?.event_id).not.toBe(first.events[0]?.event_id);
    expect(first.events[0]).toMatchObject({
      payload: { reason: 'failure-burst', session_id: 's1', failures: 10 },
    });
  });
});

describe('security-alert', () => {
  const finding = (severity: string, own: Partial<EventEnvelope> = {}) =>
    testEvent({
      event_type: 'security.vulnerability_found',
      payload: {
        severity,
        rule: 'pipe-to-shell',
        message: 'A download is piped into a shell',
        session_id: 's1',
      },
      ...own,
    });

  it('raises alerts for severe findings only', async () => {
    for (const severity of ['critical', 'high'])
      expect((await answersTo(finding(severity))).events).toMatchObject([
        { payload: { reason: 'security', severity } },
      ]);
    for (const severity of ['medium', 'low', ''])
      expect((await answersTo(finding(severity))).events).toEqual([]);
  });

  it('repeats one rule in one session at most once a day', async () => {
    const ids = await Promise.all(
      [{}, { event_id: 'other' }, { timestamp: '2026-11-23T04:00:00.000Z' }].map(
        async (own) => (await answersTo(finding('high', own))).events[0]?.event_id,
      ),
    );
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });
});

describe('learning', () => {
  it('summarises on request, and reports it even if nothing changed', async () => {
    const drafts = [
      { type: 'learning.pattern_detected', priority: 8, payload: { pattern_id: 'pat_1' } },
      { type: 'learning.model_updated', priority: 8, payload: { detected: 1 } },
    ];
    const cycle = testEvent({ event_type: 'learning.cycle_requested', payload: {} });
    const { events } = await answersTo(cycle, {
      learn: () => ({ changes: { detected: 1, promoted: 0, faded: 0 }, drafts }),
    });
    expect(events.map(({ event_type, payload }) => [event_type, payload])).toEqual([
      ['learning.pattern_detected', { pattern_id: 'pat_1' }],
      ['learning.model_updated', { detected: 1, promoted: 0, faded: 0 }],
    ]);
    expect((await answersTo(cycle)).events).toHaveLength(1);
  });
});

describe('worker-complete', () => {
  const ended = testEvent({
    event_type: 'worker.completed',
    payload: { session_id: 's1', agent_id: 'a1', kind: 'agent' },
  });
  const run = {
    toolUseId: 'toolu_1',
    agentType: 'Explore',
    outcome: 'done',
    tokens: 1_200,
    durationMs: 8_000,
  };

  it('closes the task of an agent with what it used', async () => {
    const { events } = await answersTo(ended, { agentRun: () => run });
    expect(events).toMatchObject([
      {
        event_type: 'task.completed',
        payload: {
          tool_use_id: 'toolu_1',
          agent_id: 'a1',
          assigned_to: 'Explore',
          outcome: 'done',
          tokens: 1_200,
          duration_ms: 8_000,
        },
      },
    ]);
  });

  it('waits a little for the transcript, but not for ever', async () => {
    const unknown = { ...run, tokens: null };
    expect((await answersTo(ended, { agentRun: () => unknown })).results).toMatchObject([
      { state: 'waiting', afterMs: 1_500 },
    ]);
    expect((await answersTo(ended, { agentRun: () => unknown }, 4)).events).toHaveLength(1);
    expect(await answersTo(ended, {}, 4)).toMatchObject({
      events: [],
      results: [{ state: 'done' }],
    });
  });
});

describe('daemon-start', () => {
  it('starts a worker if none stays, and reports where one runs', async () => {
    const wanted = testEvent({ event_type: 'system.daemon_start_requested', payload: {} });
    expect((await answersTo(wanted)).results).toEqual([
      { state: 'done', output: 'a worker is already running' },
    ]);
    expect((await answersTo(wanted, { startWorker: () => true })).results).toEqual([
      { state: 'done', output: 'a worker starts when this one has stopped' },
    ]);
  });
});
