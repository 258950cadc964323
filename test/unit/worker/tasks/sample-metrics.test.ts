import { describe, expect, it } from 'vitest';
import { createMetricsSampler } from '../../../../lib/worker/tasks/sample-metrics.ts';
import { WorkerStats } from '../../../../lib/worker/worker-stats.ts';
import { LiveConfig } from '../../../../lib/worker/live-config.ts';
import { memoryLog } from '../../../support/memory-log.ts';
import { writeTestHeartbeat } from '../../../support/metrics-place.ts';
import { testHome } from '../../../support/test-home.ts';
import { testStore } from '../../../support/test-store.ts';

const START = Date.parse('2026-11-22T12:00:00Z');
const ENTRY = { priority: 5, time: START + 900, random: '0123456789abcdef', attempts: 1 };

function setUp({ leads = true } = {}) {
  const { folder } = testHome();
  const database = testStore();
  const stats = new WorkerStats(START);
  let now = START;
  const { log } = memoryLog();
  const sample = createMetricsSampler({
    ...{ folder, database: () => database, me: () => 'w1', version: '1', stats: () => stats },
    config: new LiveConfig({ file: folder.configFile, environment: {}, flags: {}, log }),
    clock: () => now,
    isLeader: () => leads,
  });
  const work = (at: number): void =>
    stats.addBatch({ applied: [{ name: ENTRY, path: '/x' }], known: 0, failed: 1, dead: 0 }, at);
  const sampleAt = async (at: number): Promise<void> => {
    now = at;
    await sample();
  };
  const names = (at: number): readonly string[] =>
    database
      .prepare('SELECT name FROM metrics WHERE at = ? ORDER BY name')
      .all(at)
      .map(({ name }) => String(name));
  return { folder, database, work, sampleAt, names };
}

describe('createMetricsSampler', () => {
  it('stores the figures of a minute that had work', async () => {
    const { database, work, sampleAt, names } = setUp();
    work(START + 1_000);
    await sampleAt(START + 60_000);
    const rows = database
      .prepare(
        "SELECT name, value FROM metrics WHERE worker = 'w1' AND name NOT IN ('memory_mb', 'cpu_ms') ORDER BY name",
      )
      .all();
    expect(rows).toEqual([
      { name: 'dead', value: 0 },
      { name: 'failed', value: 1 },
      { name: 'latency_p50_ms', value: 100 },
      { name: 'latency_p95_ms', value: 100 },
      { name: 'processed', value: 1 },
      { name: 'throughput', value: 0.02 },
    ]);
    expect(names(START + 60_000)).toEqual(expect.arrayContaining(['cpu_ms', 'memory_mb']));
  });

  it('stores nothing for a minute without work', async () => {
    const { database, work, sampleAt } = setUp();
    await sampleAt(START + 60_000);
    work(START + 61_000);
    await sampleAt(START + 120_000);
    await sampleAt(START + 180_000);
    const times = database.prepare('SELECT DISTINCT at FROM metrics').all();
    expect(times).toEqual([{ at: START + 120_000 }]);
  });

  it('stores its own health score, and what each reason takes off', async () => {
    const { folder, database, work, sampleAt } = setUp();
    writeTestHeartbeat(folder, START, { id: 'w1' });
    writeTestHeartbeat(folder, START, { id: 'w2', leader: false });
    work(START + 1_000);
    await sampleAt(START + 60_000);
    const rows = database
      .prepare("SELECT worker, name, value FROM metrics WHERE name LIKE 'health%' ORDER BY name")
      .all();
    expect(rows).toEqual([
      { worker: 'w1', name: 'health', value: 70 },
      { worker: 'w1', name: 'health/polling', value: 30 },
    ]);
  });

  it.each([true, false])('scores active sessions only in the leading worker: %s', async (leads) => {
    const { database, work, sampleAt } = setUp({ leads });
    addActiveSession(database, 's1', START + 30_000);
    addActiveSession(database, 'ended-long-ago', START - 9e6);
    work(START + 1_000);
    await sampleAt(START + 60_000);
    const rows = database.prepare('SELECT * FROM session_health').all();
    const sample = { session_id: 's1', at: START + 60_000, score: 100, reasons: '{}' };
    expect(rows).toEqual(leads ? [sample] : []);
  });

  it('stores nothing while the store is out', async () => {
    const { folder } = testHome();
    const stats = new WorkerStats(START);
    stats.lastEventAt = START + 1;
    const { log } = memoryLog();
    const sample = createMetricsSampler({
      ...{ folder, database: () => undefined, me: () => 'w1', version: '1', stats: () => stats },
      config: new LiveConfig({ file: folder.configFile, environment: {}, flags: {}, log }),
      clock: () => START,
      isLeader: () => true,
    });
    await expect(sample()).resolves.toBeUndefined();
  });
});

function addActiveSession(
  database: ReturnType<typeof testStore>,
  id: string,
  lastEventAt: number,
): void {
  database
    .prepare('INSERT INTO sessions (id, first_event_at, last_event_at) VALUES (?, ?, ?)')
    .run(id, lastEventAt, lastEventAt);
  database
    .prepare(
      "INSERT INTO events (id, type, at, source, session_id, envelope, stored_at) VALUES (?, 'session.started', ?, 'hook/SessionStart', ?, '{}', ?)",
    )
    .run(`evt_${id}`, lastEventAt, id, lastEventAt);
}
