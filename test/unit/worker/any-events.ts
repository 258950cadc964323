import fc from 'fast-check';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import type { JsonObject } from '../../../lib/core/json.ts';
import { computePatternId } from '../../../lib/features/failure/error-pattern.ts';

/** Few values, so that events meet: same sessions, same calls, same milliseconds. */
const session = fc.constantFrom('s1', 's2');
const time = fc.constantFrom(
  -5,
  0,
  1_700_000_000_000,
  1_700_000_000_001,
  1_700_000_060_000,
  4_000_000_000_000,
);
const word = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });

const place = fc.record({ project: word, worktree: word, repository: word, transcript_path: word });

const payloads: Readonly<Record<string, fc.Arbitrary<JsonObject>>> = {
  'session.started': fc.record({
    reason: word,
    model: word,
    client: fc.option(fc.record({ pid: fc.constantFrom(7, 8), started: word }), { nil: undefined }),
  }),
  'session.prompt_submitted': fc.record({
    prompt: word,
    agent: fc.option(
      fc.record({ agent_id: word, tool_use_id: word, status: word, tokens: fc.constantFrom(1, 2) }),
      { nil: undefined },
    ),
  }),
  'worker.failed': fc.record({
    agent_id: word,
    reason: fc.constantFrom('api-error', 'not-started'),
  }),
  'learning.model_updated': fc.record({
    model: fc.constantFrom('routing', undefined),
    kind: fc.constantFrom('test', 'fix'),
    agent_type: word,
    agent_model: word,
  }),
  'learning.cycle_requested': fc.constant({}),
  'session.ended': fc.record({ reason: word }),
  'checkpoint.created': fc.record({
    kind: fc.constantFrom('auto', 'stop', 'manual', undefined),
    saved_by: word,
    operation_count: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    note: word,
  }),
  'task.failed': fc.record({
    agent_id: word,
    turn: fc.record({ error: fc.constant('overloaded') }),
  }),
  'routing.decision_made': fc.record({ tool_use_id: word, agent_type_chosen: word, model: word }),
  'worker.started': fc.record({ agent_id: word, agent_type: word }),
  'worker.completed': fc.record({ agent_id: word, agent_type: word }),
  'daemon.started': fc.record({ worker: word }),
  'daemon.stopped': fc.record({ worker: word, reason: word }),
  'task.created': fc.record({ task_id: word, subject: word }),
  'task.completed': fc.record({ task_id: word, subject: word }),
  'session.window_seen': fc.record({
    model: word,
    window: fc.constantFrom(200_000, 1_000_000, 0, undefined),
  }),
  'session.failure_warned': fc.record({
    pattern: fc.constant('pat_1'),
    tool_use_id: word,
    verdict: fc.constantFrom('warn', 'deny'),
  }),
  'session.resume_told': fc.record({ text_id: fc.constant('txt_1'), occasion: word }),
  'session.context_warned': fc.record({ threshold: fc.constant(70), epoch: fc.constant(0) }),
  'system.health_alert': fc.record({
    reason: fc.constantFrom('context', 'store-out'),
    threshold: fc.constantFrom(70, 85, undefined),
    epoch: fc.constantFrom(0, 1, undefined),
  }),
  'build.failed': fc.record({ branch: word }),
};

/** One tool call as its hooks tell of it: always with the same words. */
const toolCall = fc.constantFrom('t1', 't2', 't3').chain((id) =>
  fc.record({
    tool: fc.constant('Bash'),
    target: fc.constant(`run ${id}`),
    tool_use_id: fc.constant(id),
    outcome: fc.constant(id === 't1' ? 'failed' : 'ok'),
    error: fc.constant(id === 't1' ? 'exit 1' : undefined),
  }),
);

const callPayload = toolCall.map((call) => ({
  session_id: call.tool_use_id === 't3' ? 's2' : 's1',
  call,
}));

const choice = fc.record({
  pattern_id: fc.constantFrom('pat_000000000001', 'pat_000000000002'),
  action: fc.constantFrom('warn', 'deny', 'default', undefined),
  confirmed: word,
  deleted: fc.constantFrom(true, undefined),
});

/** What was learned elsewhere; its id follows from its key and error. */
const knowledge = fc.constantFrom('no such file', 'denied').chain((error) =>
  fc
    .record({
      count: fc.integer({ min: 1, max: 3 }),
      firstSeen: fc.constant('2026-01-01T00:00:00.000Z'),
      lastSeen: fc.constantFrom('2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'),
      fixText: word,
    })
    .map(({ fixText, ...own }) => ({
      pattern_id: computePatternId('0123456789abcdef', error),
      format: 1,
      imported: {
        key: '0123456789abcdef',
        tool: 'Bash',
        command: 'ls <path>',
        error,
        ...own,
        fix: fixText === undefined ? null : { text: fixText },
        action: 'ask',
        actionAt: own.lastSeen,
      },
    })),
);

const ofKnowledge = fc
  .tuple(
    time.filter((at) => at >= 0),
    fc.oneof(choice, knowledge),
  )
  .map(([at, payload]) => ({
    event_type: 'learning.pattern_changed',
    at,
    payload: withoutUndefined(payload),
  }));

/** A command that a log tells of, with no call; two of them are one pattern. */
const ofLog = fc
  .tuple(
    time,
    session,
    fc.constantFrom('ls /a', 'ls /b', ''),
    fc.constantFrom('ls: cannot access: No such file or directory', 'denied'),
  )
  .map(([at, session_id, target, error]) => ({
    event_type: 'task.failed',
    at,
    payload: { session_id, project: '/p', call: { tool: 'Bash', target, error } },
  }));

const plain = fc.constantFrom(...Object.keys(payloads)).chain((type) =>
  fc
    .tuple(fc.constant(type), time, session, place, payloads[type] ?? fc.constant({}))
    .map(([event_type, at, session_id, where, own]) => ({
      event_type,
      at,
      payload: withoutUndefined({ session_id, ...where, ...own }),
    })),
);

const ofCall = fc
  .tuple(fc.constantFrom('checkpoint.created', 'task.failed'), time, callPayload)
  .map(([event_type, at, payload]) => ({
    event_type,
    at,
    payload: withoutUndefined(payload),
  }));

/** Some events, each with an id of its own. */
export const anyEvents: fc.Arbitrary<readonly EventEnvelope[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: plain },
      { weight: 1, arbitrary: ofCall },
      { weight: 1, arbitrary: ofKnowledge },
      { weight: 1, arbitrary: ofLog },
    ),
    {
      minLength: 1,
      maxLength: 14,
    },
  )
  .map((drafts) =>
    drafts.map(({ event_type, at, payload }, index) => ({
      event_id: `evt_20260101_000000_00000000000000${String(index).padStart(2, '0')}`,
      event_type,
      timestamp: new Date(at).toISOString(),
      source: 'test',
      payload,
    })),
  );

function withoutUndefined(object: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
