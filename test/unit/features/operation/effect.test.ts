import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TranscriptFact } from '../../../../lib/claude/transcript/parse-line.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { storeFact } from '../../../support/store-fact.ts';
import { emptyStores } from '../../../support/test-store.ts';
import { applyEvent, callEvent, operationRows, testStore } from './test-session.ts';

type CallFact = Extract<TranscriptFact, { kind: 'call' | 'result' }>;
type Step = (store: Database) => void;

function fact(
  of: CallFact,
  place: { session?: string; agent?: string | null; age?: number } = {},
): Step {
  const sessionId = place.session ?? 's1';
  const since = { s1: 1, s2: 2 }[sessionId] ?? 0;
  return (store) => storeFact(store, sessionId, of, { since, agentId: place.agent ?? null });
}

const CALL: CallFact = {
  kind: 'call',
  toolUseId: 't1',
  tool: 'Bash',
  target: 'npm test',
  at: 1_000,
};
const FAILED: CallFact = {
  kind: 'result',
  toolUseId: 't1',
  outcome: 'failed',
  error: 'Exit code 1',
  at: 1_900,
};
const UNCLEAR: CallFact = {
  kind: 'result',
  toolUseId: 't1',
  outcome: 'unclear',
  error: 'policy says no',
  at: 1_900,
};
const hook = (call: object, at = 1_800, agent?: string): Step => {
  return (store) =>
    applyEvent(
      store,
      callEvent(at, 's1', { tool_use_id: 't1', tool: 'Bash', target: 'npm test', ...call }, agent),
    );
};

function rowAfter(steps: readonly Step[], store = testStore()): unknown {
  for (const step of steps) step(store);
  const [row] = operationRows(store);
  return {
    ...row,
    ...store.prepare('SELECT outcome, at AS shown_at FROM operation_outcomes').get(),
  };
}

describe('operationEffects', () => {
  it('makes the row of a call from its checkpoint, with the time of the hook until the transcript knows better', () => {
    expect(rowAfter([hook({ outcome: 'ok', tool: 'Task' }, 1_800, 'a1')])).toMatchObject({
      session_id: 's1',
      agent_id: 'a1',
      tool: 'Agent',
      target: 'npm test',
      at: null,
      ended_at: 1_800,
      shown_at: 1_800,
      outcome: 'ok',
    });
    expect(
      rowAfter([hook({ outcome: 'ok' }), fact(CALL), fact({ ...FAILED, outcome: 'ok' })]),
    ).toMatchObject({ at: 1_000, ended_at: 1_900, shown_at: 1_000 });
  });

  it.each([
    ['no call', { session_id: 's1' }],
    ['no session', { call: { tool_use_id: 't1', tool: 'Bash', outcome: 'ok' } }],
    ['a call without an id', { session_id: 's1', call: { tool: 'Bash', outcome: 'ok' } }],
    [
      'an unknown outcome',
      { session_id: 's1', call: { tool_use_id: 't1', tool: 'Bash', outcome: 'perhaps' } },
    ],
    ['a call of another shape', { session_id: 's1', call: 'Bash' }],
  ])('passes over an event with %s', (_name, payload) => {
    const store = testStore();
    applyEvent(store, { ...callEvent(1, 's1', {}), payload });
    expect(operationRows(store)).toEqual([]);
  });

  it('lets the failure hook decide what an unclear error was', () => {
    expect(rowAfter([fact(CALL), fact(UNCLEAR)])).toMatchObject({
      outcome: 'rejected',
      error: 'policy says no',
    });
    expect(
      rowAfter([fact(CALL), fact(UNCLEAR), hook({ outcome: 'failed', error: 'EACCES' })]),
    ).toMatchObject({ outcome: 'failed', error: 'EACCES' });
  });

  it.each<[string, readonly Step[], object]>([
    [
      'a failure seen by both hooks and the transcript',
      [
        hook({ outcome: 'failed' }),
        hook({ outcome: 'failed', error: 'from the hook' }),
        fact(CALL),
        fact(FAILED),
      ],
      { outcome: 'failed', error: 'from the hook', at: 1_000, ended_at: 1_900 },
    ],
    [
      'an agent call copied into other agents',
      [
        hook({ outcome: 'ok', target: 'changed by a hook' }, 1_800, 'a2'),
        fact(CALL, { agent: 'a1' }),
        fact(CALL),
        fact(CALL, { agent: 'a2' }),
      ],
      { agent_id: 'a2', target: 'changed by a hook' },
    ],
    [
      'a main call copied into an agent',
      [fact(CALL, { agent: 'a1' }), fact(FAILED, { agent: 'a1' }), fact(CALL), fact(FAILED)],
      { agent_id: null, outcome: 'failed' },
    ],
    [
      'a call that two sessions claim',
      [
        fact(CALL, { session: 's2' }),
        fact(FAILED, { session: 's2', agent: 'a1' }),
        fact(CALL),
        fact(FAILED),
      ],
      { session_id: 's1', agent_id: null },
    ],
    [
      'a call with two results',
      [fact(CALL), fact(FAILED), fact(UNCLEAR), fact({ ...FAILED, outcome: 'ok', at: 1_950 })],
      { outcome: 'failed', error: 'Exit code 1', ended_at: 1_900 },
    ],
    [
      'a call of which two hooks disagree',
      [hook({ outcome: 'ok' }), hook({ outcome: 'failed' })],
      { outcome: 'failed' },
    ],
    [
      'a call that began in a session with a hook',
      [hook({ outcome: 'ok' }), fact(CALL, { session: 's0' })],
      { session_id: 's1' },
    ],
  ])('makes the same row in any order: %s', (_name, steps, wanted) => {
    const empty = emptyStores();
    const whole = rowAfter(steps);
    expect(whole).toMatchObject(wanted);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...steps], { minLength: steps.length }),
        fc.nat({ max: steps.length }),
        (order, repeat) => {
          expect(rowAfter([...order, ...order.slice(0, repeat)], empty())).toEqual(whole);
        },
      ),
      { numRuns: 25 },
    );
  });
});
