import { describe, expect, it } from 'vitest';
import { mkdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { cleanUpAt } from '../../support/test-retention.ts';
import { isForgotten, rememberForgotten } from '../../../lib/store/forgotten.ts';
import { addTombstones } from '../../../lib/store/tombstones.ts';
import { dumpStore, testStore } from '../../support/test-store.ts';
import { testEvent } from '../../support/test-event.ts';
import { namesIn, testHome } from '../../support/test-home.ts';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;

describe('cleanUp', () => {
  it('deletes old sessions with all that belongs to them, and keeps the young', () => {
    const { folder } = testHome();
    const database = testStore();
    const call = { tool: 'Bash', target: 'ls', outcome: 'failed', tool_use_id: '', error: 'e' };
    const types = {
      'session.started': {},
      'checkpoint.created': { kind: 'stop', saved_by: 'x' },
      'task.failed': { call },
      'routing.decision_made': {},
      'worker.started': { agent_id: 'a' },
      'task.created': { task_id: '1' },
    };
    const eventsOf = (session_id: string, at: number) =>
      Object.entries(types).map(([event_type, own]) =>
        testEvent({
          event_id: `${session_id}-${event_type}`,
          event_type,
          timestamp: new Date(at).toISOString(),
          payload: {
            session_id,
            ...own,
            ...('call' in own ? { call: { ...call, tool_use_id: `t-${session_id}` } } : {}),
          },
        }),
      );
    eventApplier(
      database,
      EFFECTS,
      () => NOW,
    )([...eventsOf('old', NOW - 10 * DAY), ...eventsOf('young', NOW - DAY)]);
    database
      .prepare(
        "INSERT INTO cursors (reader, path, session_id, inode, offset, tail_hash, skipped, state, read_at) VALUES ('transcript', '/t', 'old', '1', 1, '', 0, '{}', 1)",
      )
      .run();
    cleanUpAt({ folder, database, retention: (5 * DAY) / 1000, now: NOW });
    const { tombstones, ...rest } = dumpStore(database);
    expect(JSON.stringify(rest)).not.toMatch(/\bold\b/);
    for (const table of [
      'events',
      'sessions',
      'checkpoints',
      'operations',
      'failures',
      'session_log',
      'routings',
      'agents',
      'tasks',
    ])
      expect(rest[table]?.length, table).toBeGreaterThan(0);
    expect(tombstones?.map(({ id, fate }) => `${id} ${fate}`)).toEqual(
      Object.keys(types)
        .map((type) => `old-${type} expired`)
        .sort(),
    );
  });

  it('keeps sessions with their calls as long as their transcripts, when their events and checkpoints go', () => {
    const { folder } = testHome();
    const database = testStore();
    const failed = { tool: 'Bash', target: 'ls', outcome: 'failed', tool_use_id: 't1', error: 'e' };
    const types = {
      'session.started': {},
      'checkpoint.created': { kind: 'stop', saved_by: 'x' },
      'task.failed': { call: failed },
      'task.created': { task_id: '1' },
    };
    eventApplier(
      database,
      EFFECTS,
      () => NOW,
    )(
      Object.entries(types).map(([event_type, own]) =>
        testEvent({
          ...{
            event_id: event_type,
            event_type,
            timestamp: new Date(NOW - 10 * DAY).toISOString(),
          },
          payload: { session_id: 's1', ...own },
        }),
      ),
    );
    const limits = { retention: (5 * DAY) / 1000, transcriptsKeep: (20 * DAY) / 1000 };
    cleanUpAt({ folder, database, ...limits, now: NOW });
    const young = dumpStore(database);
    expect([young['events'], young['checkpoints']]).toEqual([[], []]);
    for (const table of ['sessions', 'operations', 'failures', 'unlearned', 'tasks'])
      expect(young[table]?.length, table).toBeGreaterThan(0);
    cleanUpAt({ folder, database, ...limits, now: NOW + 11 * DAY });
    const { tombstones, ...old } = dumpStore(database);
    expect(JSON.stringify(old)).not.toContain('s1');
    expect(tombstones).toHaveLength(4);
  });

  it('keeps sessions as long as events where transcripts are to go earlier', () => {
    const { folder } = testHome();
    const database = testStore();
    const started = { timestamp: new Date(NOW - 10 * DAY).toISOString() };
    eventApplier(
      database,
      EFFECTS,
      () => NOW,
    )([testEvent({ event_type: 'session.started', payload: { session_id: 's1' }, ...started })]);
    const limits = { retention: (20 * DAY) / 1000, transcriptsKeep: DAY / 1000 };
    cleanUpAt({ folder, database, ...limits, now: NOW });
    expect(database.prepare('SELECT id FROM sessions').all()).toEqual([{ id: 's1' }]);
  });

  it('does not let a deleted event return', () => {
    const { folder } = testHome();
    const database = testStore();
    const apply = eventApplier(database, EFFECTS, () => NOW);
    apply([testEvent({ timestamp: '2020-01-01T00:00:00Z' })]);
    cleanUpAt({ folder, database, retention: DAY / 1000, now: NOW });
    expect(apply([testEvent({ timestamp: '2020-01-01T00:00:00Z' })])).toEqual([{ state: 'known' }]);
  });

  it('forgets the id of an event when no day of the archive can contain it, and a forgotten session never', () => {
    const { folder } = testHome();
    const database = testStore();
    addTombstones(database, ['first'], 'expired', NOW - 30 * DAY);
    addTombstones(database, ['second'], 'expired', NOW - 10 * DAY);
    rememberForgotten(database, ['s'], 1);
    const archiveKeep = (20 * DAY) / 1000;
    cleanUpAt({ folder, database, retention: DAY / 1000, archiveKeep, now: NOW });
    expect(database.prepare('SELECT id FROM tombstones').all()).toEqual([{ id: 'second' }]);
    expect(isForgotten(database, 's')).toBe(true);
  });

  it('leaves an old event in the store until logs and archive have it', () => {
    const { folder } = testHome();
    const database = testStore();
    eventApplier(
      database,
      EFFECTS,
      () => NOW,
    )([1, 2].map((n) => testEvent({ event_id: `e${n}`, timestamp: '2020-01-01T00:00:00Z' })));
    cleanUpAt({ folder, database, retention: DAY / 1000, now: NOW, written: 1 });
    expect(database.prepare('SELECT id FROM events').all()).toEqual([{ id: 'e2' }]);
    expect(database.prepare('SELECT id FROM tombstones').all()).toEqual([{ id: 'e1' }]);
  });

  it('keeps a replay, which has the time of its original, until it is old itself', () => {
    const { folder } = testHome();
    const database = testStore();
    const replay = testEvent({ timestamp: '2020-01-01T00:00:00Z', metadata: { replay_of: 'e0' } });
    eventApplier(database, EFFECTS, () => NOW)([replay]);
    cleanUpAt({ folder, database, retention: DAY / 1000, now: NOW });
    expect(database.prepare('SELECT 1 FROM events').all()).toHaveLength(1);
    cleanUpAt({ folder, database, retention: DAY / 1000, now: NOW + 2 * DAY });
    expect(database.prepare('SELECT 1 FROM events').all()).toHaveLength(0);
  });

  it('deletes the throttle folders of sessions without recent activity', () => {
    const { folder } = testHome();
    for (const [session, age] of [
      ['old', 10],
      ['young', 1],
    ] as const) {
      mkdirSync(`${folder.throttle}/${session}`, { recursive: true });
      writeFileSync(`${folder.throttle}/${session}/captured`, '');
      const at = (NOW - age * DAY) / 1000;
      for (const path of [session, `${session}/captured`])
        utimesSync(`${folder.throttle}/${path}`, at, at);
    }
    cleanUpAt({ folder, database: testStore(), retention: (5 * DAY) / 1000, now: NOW });
    expect(namesIn(folder.throttle)).toEqual(['young']);
  });

  it('deletes views of sessions without recent activity', () => {
    const { folder } = testHome();
    const place = `${folder.views}/resume`;
    mkdirSync(`${place}/by-project`, { recursive: true });
    for (const name of ['old.json', 'young.json', 'by-project/old.json']) {
      writeFileSync(`${place}/${name}`, '{}');
      const at = (NOW - (name.includes('old') ? 10 : 1) * DAY) / 1000;
      utimesSync(`${place}/${name}`, at, at);
    }
    cleanUpAt({ folder, database: testStore(), retention: (5 * DAY) / 1000, now: NOW });
    expect([...namesIn(place), ...namesIn(`${place}/by-project`)].sort()).toEqual([
      'by-project',
      'young.json',
    ]);
  });

  it('rotates large logs and keeps one old copy', () => {
    const { folder } = testHome();
    mkdirSync(folder.log, { recursive: true });
    for (const [file, size] of [
      ['worker.log', 6_000_000],
      ['worker.log.1', 10_000_000],
      ['hook-errors.log', 10],
    ] as const) {
      writeFileSync(`${folder.log}/${file}`, '');
      truncateSync(`${folder.log}/${file}`, size);
    }
    cleanUpAt({ folder, database: testStore(), retention: DAY / 1000, now: NOW });
    expect([...namesIn(folder.log)].sort()).toEqual(['hook-errors.log', 'worker.log.1']);
    expect(statSync(`${folder.log}/worker.log.1`).size).toBe(6_000_000);
  });
});
