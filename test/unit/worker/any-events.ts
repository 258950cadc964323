import fc from 'fast-check';
import type { EventEnvelope } from '../../../lib/core/envelope.ts';
import type { JsonObject } from '../../../lib/core/json.ts';

/** Few values, so that events meet: same sessions, same calls, same milliseconds. */
const session = fc.constantFrom('s1', 's2');
const time = fc.constantFrom(-5, 0, 1_700_000_000_000, 1_700_000_000_001, 1_700_000_060_000, 4_000_000_000_000);
const word = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });

const place = fc.record({ project: word, worktree: word, repository: word, transcript_path: word });

const payloads: Readonly<Record<string, fc.Arbitrary<JsonObject>>> = {
  'session.started': fc.record({ reason: word, model: word }),
  'session.prompt_submitted': fc.record({ prompt: word }),
  'session.ended': fc.record({ reason: word }),
  'checkpoint.created': fc.record({
    kind: fc.constantFrom('auto', 'stop', 'manual', undefined),
    saved_by: word,
    operation_count: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    note: word,
  }),
  'task.failed': fc.record({ agent_id: word, turn: fc.record({ error: fc.constant('overloaded') }) }),
  'routing.decision_made': fc.record({ tool_use_id: word, agent_type_chosen: word, model: word }),
  'worker.started': fc.record({ agent_id: word, agent_type: word }),
  'worker.completed': fc.record({ agent_id: word, agent_type: word }),
  'task.created': fc.record({ task_id: word, subject: word }),
  'task.completed': fc.record({ task_id: word, subject: word }),
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

const callPayload = toolCall.map((call) => ({ session_id: call.tool_use_id === 't3' ? 's2' : 's1', call }));

const plain = fc.constantFrom(...Object.keys(payloads)).chain((type) =>
  fc.tuple(fc.constant(type), time, session, place, payloads[type] ?? fc.constant({})).map(([event_type, at, session_id, where, own]) => ({
    event_type,
    at,
    payload: withoutUndefined({ session_id, ...where, ...own }),
  })),
);

const ofCall = fc.tuple(fc.constantFrom('checkpoint.created', 'task.failed'), time, callPayload).map(([event_type, at, payload]) => ({
  event_type,
  at,
  payload: withoutUndefined(payload),
}));

/** Some events, each with an id of its own. */
export const anyEvents: fc.Arbitrary<readonly EventEnvelope[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: ofCall }), { minLength: 1, maxLength: 14 })
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
