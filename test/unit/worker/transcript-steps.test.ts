import { describe, expect, it } from 'vitest';
import {
  transcriptSteps,
  type TranscriptStepsParts,
} from '../../../lib/worker/transcript-steps.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { testStore } from '../../support/test-store.ts';

interface Read {
  readonly operations: number;
  readonly more: boolean;
}

/**
 * Sessions by what their readings give, one after the other; a session whose list ends gives
 * nothing new.
 */
function setUp(
  sessions: Readonly<Record<string, Read[]>>,
  own: Partial<TranscriptStepsParts> = {},
) {
  const time = fakeClock();
  const database = testStore();
  const reads: string[] = [];
  let processed = 0;
  const turn = transcriptSteps({
    clock: time.clock,
    database: () => database,
    sessionsToRead: () => Object.keys(sessions),
    readSession: (_database, session) => {
      reads.push(session);
      return Promise.resolve(sessions[session]?.shift() ?? { operations: 0, more: false });
    },
    processed: () => processed,
    longestMs: () => 30_000,
    once: false,
    ...own,
  });
  const news = (): void => {
    processed += 1;
  };
  return { turn, reads, news, ...time };
}

describe('transcriptSteps', () => {
  it('wants no step of its own when no session needs one', async () => {
    const { turn, reads } = setUp({});
    expect(await turn()).toBeUndefined();
    expect(reads).toEqual([]);
  });

  it('reads every session, and soon again while there is news', async () => {
    const { turn, reads } = setUp({ a: [{ operations: 1, more: false }], b: [] });
    expect(await turn()).toBe(500);
    expect(reads).toEqual(['a', 'b']);
  });

  it('reads active sessions in rounds that become rarer, up to four seconds apart', async () => {
    const working = Array.from({ length: 6 }, () => ({ operations: 1, more: false }));
    const { turn, advance, news } = setUp({ a: working });
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < 6; n += 1) {
      const wait = await turn();
      waits.push(wait);
      advance(wait ?? 0);
      news();
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    await turn(); // nothing new: the next lines are read as soon as at first
    advance(30_000);
    working.push({ operations: 1, more: false });
    expect(await turn()).toBe(500);
  });

  it('waits longer each time nothing new comes, and finally until the worker wakes anyway', async () => {
    const { turn, advance } = setUp({ a: [] });
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < 6; n += 1) {
      const wait = await turn();
      waits.push(wait);
      advance(wait ?? 0);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, undefined, undefined, undefined]);
  });

  it('does not read before its time', async () => {
    const { turn, reads, advance } = setUp({ a: [] });
    await turn();
    advance(400);
    expect(await turn()).toBe(600);
    expect(reads).toEqual(['a']);
  });

  it('takes short steps again after new entries', async () => {
    const { turn, advance, news } = setUp({ a: [] });
    for (let n = 0; n < 6; n += 1) advance((await turn()) ?? 30_000);
    news();
    expect(await turn()).toBe(1_000);
  });

  it('wants the next step at once while a transcript is not read to its end, and lets entries go first', async () => {
    const { turn, reads } = setUp({ a: [{ operations: 9, more: true }], b: [] });
    expect(await turn()).toBe(0);
    expect(reads, 'b has its turn later').toEqual(['a']);
    await turn();
    expect(reads).toEqual(['a', 'a', 'b']);
  });

  it('continues when the clock stepped back', async () => {
    const { turn, reads, advance } = setUp({ a: [] });
    await turn();
    advance(-86_400_000);
    const wait = await turn();
    expect(wait).toBeLessThanOrEqual(30_000);
    advance(wait ?? 0);
    await turn();
    expect(reads).toEqual(['a', 'a']);
  });

  it('reads once if the worker only drains', async () => {
    const { turn, reads } = setUp(
      {
        a: [
          { operations: 1, more: true },
          { operations: 1, more: false },
        ],
      },
      { once: true },
    );
    expect(await turn()).toBe(0);
    expect(await turn()).toBeUndefined();
    expect(reads).toEqual(['a', 'a']);
  });

  it('reads nothing while the store is unavailable', async () => {
    const { turn, reads } = setUp({ a: [] }, { database: () => undefined });
    expect(await turn()).toBeUndefined();
    expect(reads).toEqual([]);
  });
});
