import { describe, expect, it } from 'vitest';
import {
  readSessionHealth,
  scoreSession,
  type SessionSigns,
} from '../../../../lib/query/health/session-health.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { testStore } from '../../../support/test-store.ts';

const NOW = 1_790_000_000_000;
const MINUTE = 60_000;

const WELL: SessionSigns = {
  ...{ contextPercent: 40, calls: 30, failures: 2, repeated: 1, failedTurns: 0 },
  sinceCheckpoint: MINUTE,
};

const codes = (signs: Partial<SessionSigns>): readonly string[] =>
  scoreSession({ ...WELL, ...signs }).reasons.map(({ code }) => code);

describe('scoreSession', () => {
  it('is 100 for a session with nothing wrong, also while its context is not known', () => {
    expect(scoreSession(WELL)).toEqual({ score: 100, reasons: [] });
    expect(codes({ contextPercent: null })).toEqual([]);
  });

  it.each<readonly [number, readonly string[]]>([
    [69.9, []],
    [70, ['context-filling']],
    [84.9, ['context-filling']],
    [85, ['context-high']],
    [95, ['context-full']],
    [130, ['context-full']],
  ])('counts a context that is %d %% full once', (contextPercent, expected) => {
    expect(codes({ contextPercent })).toEqual(expected);
  });

  it.each<readonly [string, Partial<SessionSigns>]>([
    ['turn-failed', { failedTurns: 1 }],
    ['calls-failing', { calls: 8, failures: 3 }],
    ['calls-failing', { calls: 0, failures: 3 }],
    ['failure-repeated', { repeated: 3 }],
    ['checkpoint-old', { sinceCheckpoint: 10 * MINUTE + 1 }],
  ])('takes points off for %s', (code, signs) => {
    expect(codes(signs)).toEqual([code]);
  });

  it.each<readonly [string, Partial<SessionSigns>]>([
    ['two failures', { calls: 2, failures: 2 }],
    ['one call in four that fails', { calls: 12, failures: 3 }],
    [
      'an old checkpoint of a session that does nothing',
      { calls: 0, failures: 0, sinceCheckpoint: 1e9 },
    ],
  ])('takes nothing off for %s', (_what, signs) => {
    expect(codes(signs)).toEqual([]);
  });
});

describe('readSessionHealth', () => {
  it('counts calls and failures of the last 15 minutes, each session for itself', async () => {
    const database = testStore();
    addSession(database, 'good', NOW - MINUTE);
    addSession(database, 'bad', NOW - MINUTE);
    for (let n = 0; n < 4; n += 1)
      addFailure(database, `b${n}`, 'bad', 'npm test', NOW - n * MINUTE);
    for (let n = 0; n < 9; n += 1)
      addFailure(database, `o${n}`, 'good', 'npm test', NOW - 16 * MINUTE);
    addFailure(database, 'turn', 'bad', null, NOW, 'turn');
    const health = await readSessionHealth(database, ['good', 'bad', 'unknown'], NOW, []);
    expect(health.get('good')).toEqual({ score: 100, reasons: [] });
    expect(health.get('bad')?.reasons.map(({ code, text }) => `${code}: ${text}`)).toEqual([
      'turn-failed: the API ended 1 turn with an error',
      'calls-failing: 4 of 4 calls failed',
      'failure-repeated: one call failed 4 times',
    ]);
    expect([...health.keys()].toSorted()).toEqual(['bad', 'good']);
  });

  it('measures the time since the checkpoint, else since the first event', async () => {
    const database = testStore();
    addSession(database, 'saved', NOW - MINUTE);
    addSession(database, 'never', null);
    for (const session of ['saved', 'never'])
      database
        .prepare('INSERT INTO operations (tool_use_id, claimed_session, at) VALUES (?, ?, ?)')
        .run(`call-${session}`, session, NOW - MINUTE);
    const health = await readSessionHealth(database, ['saved', 'never'], NOW, []);
    expect(health.get('saved')?.score).toBe(100);
    expect(health.get('never')?.reasons).toMatchObject([
      { code: 'checkpoint-old', text: 'no checkpoint for 1h' },
    ]);
  });

  it('asks nothing for no session', async () => {
    const database = testStore();
    database.close();
    expect((await readSessionHealth(database, [], NOW, [])).size).toBe(0);
  });
});

function addSession(database: Database, id: string, checkpointAt: number | null): void {
  database
    .prepare(
      'INSERT INTO sessions (id, first_event_at, last_event_at, checkpoint_at) VALUES (?, ?, ?, ?)',
    )
    .run(id, NOW - 60 * MINUTE, NOW, checkpointAt);
}

function addFailure(
  database: Database,
  id: string,
  session: string,
  target: string | null,
  at: number,
  tool = 'Bash',
): void {
  database
    .prepare(
      "INSERT INTO failures (id, session_id, tool, target, error, at) VALUES (?, ?, ?, ?, 'Exit code 1', ?)",
    )
    .run(id, session, tool, target, at);
}
