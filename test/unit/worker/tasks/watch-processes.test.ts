import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { listen } from '../../../../lib/queue/wakeup/listen.ts';
import { deathReporter, processWatch } from '../../../../lib/worker/tasks/watch-processes.ts';
import { testHome } from '../../../support/test-home.ts';
import { processEffects } from '../../../../lib/features/process/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { testStore } from '../../../support/test-store.ts';

const MINUTE = 60_000;
const NOTHING = { onRing: () => undefined, onQuit: () => undefined, onError: () => undefined };

function setUp() {
  const { folder } = testHome();
  for (const path of [folder.wake, folder.heartbeat])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  const database = testStore();
  let now = Date.parse('2026-11-22T12:00:00Z');
  const stored: EventEnvelope[] = [];
  const apply = eventApplier(database, [processEffects], () => now);
  const storeAs = (events: readonly EventEnvelope[]): void => {
    stored.push(...events);
    apply(events);
  };
  const look = processWatch({ folder, clock: () => now, database: () => database, storeAs });
  const worker = (id: string, lateMs: number): void => {
    writeFileSync(
      `${folder.heartbeat}/${id}.json`,
      JSON.stringify({ id, pid: 7, freshUntil: new Date(now - lateMs).toISOString() }),
    );
    const listener = listen(folder.wake, id, NOTHING);
    onTestFinished(() => listener.close());
  };
  const agent = (own: {
    readonly startedAgo: number;
    readonly endedAgo?: number;
    readonly stopped?: boolean;
    readonly restartedAgo?: number;
  }): void => {
    const ago = (ms: number | undefined): number | null => (ms === undefined ? null : now - ms);
    database
      .prepare(
        'INSERT INTO sessions (id, first_event_at, last_event_at, ended_at, last_started_at, transcript_path) VALUES (?, 1, 1, ?, ?, ?)',
      )
      .run('s1', ago(own.endedAgo), ago(own.restartedAgo), `${folder.root}/t/s1.jsonl`);
    database
      .prepare(
        'INSERT INTO agents (session_id, agent_id, type, started_at, stopped_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run('s1', 'a1', 'Explore', now - own.startedAgo, own.stopped === true ? now : null);
  };
  const wait = (ms: number): void => {
    now += ms;
  };
  return { folder, database, look, stored, storeAs, worker, agent, wait, now: () => now };
}

describe('processWatch', () => {
  it('reports a worker without heartbeats at the second check', () => {
    const { look, stored, worker, wait } = setUp();
    worker('stuck', 2 * MINUTE);
    worker('fresh', -MINUTE);
    look();
    expect(stored).toEqual([]);
    wait(MINUTE);
    look();
    expect(stored).toMatchObject([
      {
        event_type: 'process.stale',
        payload: {
          kind: 'worker',
          worker_id: 'stuck',
          pid: 7,
          reason: 'no-heartbeat',
          silent_ms: 3 * MINUTE,
        },
      },
    ]);
    const [id] = stored.map(({ event_id }) => event_id);
    look();
    expect(stored.at(-1)?.event_id).toBe(id); // the store takes it once
  });

  it('reports once an agent that never ended while its session did', () => {
    const { look, stored, agent } = setUp();
    agent({ startedAgo: 60 * MINUTE, endedAgo: 11 * MINUTE });
    look();
    look();
    expect(stored).toMatchObject([
      {
        event_type: 'process.stale',
        payload: {
          kind: 'agent',
          session_id: 's1',
          agent_id: 'a1',
          agent_type: 'Explore',
          reason: 'session-ended',
          silent_ms: 11 * MINUTE,
        },
      },
    ]);
    expect(stored).toHaveLength(1);
  });

  it.each([
    ['whose session goes on', { startedAgo: 60 * MINUTE }],
    [
      'whose session was taken up again',
      { startedAgo: 60 * MINUTE, endedAgo: 30 * MINUTE, restartedAgo: 20 * MINUTE },
    ],
    ['that has ended', { startedAgo: 60 * MINUTE, endedAgo: 30 * MINUTE, stopped: true }],
    ['whose session ended just now', { startedAgo: 60 * MINUTE, endedAgo: 5 * MINUTE }],
    ['of last month', { startedAgo: 30 * 24 * 60 * MINUTE, endedAgo: 29 * 24 * 60 * MINUTE }],
  ])('leaves an agent alone %s', (_which, own) => {
    const { look, stored, agent } = setUp();
    agent(own);
    look();
    expect(stored).toEqual([]);
  });

  it('leaves an agent alone whose transcript still grows', () => {
    const { folder, look, stored, agent, now, wait } = setUp();
    agent({ startedAgo: 60 * MINUTE, endedAgo: 30 * MINUTE });
    const place = `${folder.root}/t/s1/subagents`;
    mkdirSync(place, { recursive: true });
    writeFileSync(`${place}/agent-a1.jsonl`, '{}\n');
    utimesSync(`${place}/agent-a1.jsonl`, now() / 1000, now() / 1000);
    look();
    expect(stored).toEqual([]);
    wait(11 * MINUTE);
    look();
    expect(stored).toHaveLength(1);
  });
});

describe('deathReporter', () => {
  it('reports the death of a worker as its only end', () => {
    const { stored, storeAs, database } = setUp();
    const tell = deathReporter({
      clock: () => 1,
      storeConnection: { get: () => database },
      storeAs,
    });
    const beat = {
      id: 'w1',
      pid: 7,
      mode: '',
      timestamp: '',
      freshUntil: '',
      leader: false,
      body: {},
    };
    expect([tell(beat), tell(beat)]).toEqual([true, true]);
    expect(stored).toMatchObject([
      {
        event_type: 'process.exited',
        payload: { kind: 'worker', worker_id: 'w1', pid: 7, reason: 'died' },
      },
      {},
    ]);
    expect(stored[0]?.event_id).toBe(stored[1]?.event_id);
  });

  it('does not claim a report while the store is unavailable', () => {
    const { stored, storeAs } = setUp();
    const tell = deathReporter({
      clock: () => 1,
      storeConnection: { get: () => undefined },
      storeAs,
    });
    expect(
      tell({ id: 'w1', pid: 7, mode: '', timestamp: '', freshUntil: '', leader: false, body: {} }),
    ).toBe(false);
    expect(stored).toEqual([]);
  });
});
