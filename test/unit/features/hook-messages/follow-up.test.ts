import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, stringField } from '../../../../lib/core/json.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { createHookMessageRefresher } from '../../../../lib/features/hook-messages/follow-up.ts';
import { countHookMessages, readHookMessages } from '../../../../lib/query/hook-messages.ts';
import { readSessionTree } from '../../../../lib/query/trace/session-tree.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { emptyStores, testStore } from '../../../support/test-store.ts';

const SESSION = 's1';

function event(number: number, type: string, payload: JsonObject): EventEnvelope {
  return {
    event_id: `evt_20261122_050000_${String(number).padStart(16, '0')}`,
    event_type: type,
    timestamp: new Date(1_790_000_000_000 + number * 1_000).toISOString(),
    source: 'hook/test',
    payload: { session_id: SESSION, ...payload },
  };
}

function call(number: number, id: string, target: string, outcome: string): EventEnvelope {
  const made = { tool: 'Bash', target, outcome, tool_use_id: id };
  const own = outcome === 'failed' ? { ...made, error: 'Exit code 1' } : made;
  return event(number, outcome === 'failed' ? 'task.failed' : 'checkpoint.created', {
    kind: 'auto',
    call: own,
  });
}

function idOf({ payload }: EventEnvelope): string {
  return (isJsonObject(payload['call']) && stringField(payload['call'], 'tool_use_id')) || '';
}

const WARNED = event(2, 'session.failure_warned', {
  ...{ pattern: 'pat_1', verdict: 'warn', tool_use_id: 't1', tool: 'Bash' },
  ...{ target: 'npm run tset', fix: 'npm run test' },
});
const HISTORY = [
  event(1, 'session.started', {}),
  WARNED,
  call(3, 't1', 'npm run tset', 'failed'),
  call(4, 't2', 'ls', 'ok'),
  call(5, 't3', 'npm run test', 'ok'),
  event(6, 'session.context_warned', { threshold: 85, epoch: 0, percent: 86 }),
  event(7, 'session.resume_told', { text_id: 'txt_1', occasion: 'compact', of_session: SESSION }),
  call(8, 't4', 'npm run test', 'ok'),
  event(9, 'session.ended', {}),
];

function storeWith(
  events: readonly EventEnvelope[],
  isFollowedEach = false,
  database = testStore(),
) {
  const { clock } = fakeClock();
  const apply = eventApplier(database, EFFECTS, clock);
  const follow = createHookMessageRefresher(clock);
  for (const one of events) {
    apply([one]);
    if (isFollowedEach) follow(database, SESSION);
  }
  follow(database, SESSION);
  return database;
}

const outcomesIn = async (
  events: readonly EventEnvelope[],
  isFollowedEach?: boolean,
  database?: Database,
) =>
  (await readHookMessages(storeWith(events, isFollowedEach, database), SESSION)).map(
    ({ kind, about, outcome }) => `${kind} ${about}: ${outcome}`,
  );

describe('toldRefresher', () => {
  it('finds out what followed what Claude was told', async () => {
    expect(await outcomesIn(HISTORY)).toEqual([
      'failure pat_1: heeded',
      'context 85: went_well',
      'resume txt_1: heeded',
    ]);
    expect(await outcomesIn(HISTORY.slice(0, 4))).toEqual(['failure pat_1: unknown']);
  });

  it('finds that Claude heeded a warning also where the transcript is read after the end', async () => {
    const isRead = (one: EventEnvelope): boolean => ['t2', 't3', 't4'].includes(idOf(one));
    const before = HISTORY.filter((one) => !isRead(one));
    const [first] = await outcomesIn(before, true);
    expect(first).toBe('failure pat_1: failed_again');
    const [then] = await outcomesIn([...before, ...HISTORY.filter(isRead)], true);
    expect(then).toBe('failure pat_1: heeded');
  });

  it('finds the same whatever the order of events', async () => {
    const expected = await outcomesIn(HISTORY);
    const empty = emptyStores();
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(HISTORY, { minLength: HISTORY.length }),
        async (events) => {
          expect(await outcomesIn(events, false, empty())).toEqual(expected);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('says as soon as it is known, and keeps to it', async () => {
    expect(await outcomesIn(HISTORY, true)).toEqual(await outcomesIn(HISTORY));
  });

  it('counts, and shows the outcome in its place in the trace', async () => {
    const database = storeWith(HISTORY);
    expect(await countHookMessages(database, 'failure', 'pat_1')).toEqual({
      ...{ told: 1, heeded: 1, failedAgain: 0, wentWell: 0, unknown: 0 },
    });
    expect(await countHookMessages(database, 'failure', 'pat_2')).toMatchObject({ told: 0 });
    const tree = JSON.stringify(await readSessionTree(database, SESSION));
    expect(tree).toContain('warned about pat_1');
    expect(tree).toMatch(/"kind":"warning"[^{}]*"outcome":"heeded"/);
  });

  it('takes what is garbage for nothing', async () => {
    expect(
      await outcomesIn([
        event(1, 'session.failure_warned', { pattern: 7 }),
        event(2, 'session.resume_told', {}),
        event(3, 'session.failure_warned', { pattern: 'pat_1', target: { x: 1 }, tool: null }),
        event(4, 'session.ended', {}),
      ]),
    ).toEqual(['failure pat_1: unknown']);
  });
});
