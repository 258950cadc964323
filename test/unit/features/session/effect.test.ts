import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { sessionEffects } from '../../../../lib/features/session/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database, Row } from '../../../../lib/store/database.ts';
import { testEvent } from '../../../support/test-event.ts';
import { emptyStores, testStore } from '../../../support/test-store.ts';

let number = 0;
function event(
  type: string,
  at: number,
  own: Readonly<Record<string, unknown>> = {},
): EventEnvelope {
  number += 1;
  return testEvent({
    event_id: `e${number}`,
    event_type: type,
    timestamp: new Date(at).toISOString(),
    payload: { session_id: 's1', ...own },
  });
}

function sessionAfter(...events: readonly EventEnvelope[]): Row | undefined {
  return sessionIn(storeAfter(...events));
}

function sessionIn(database: Database): Row | undefined {
  return database.prepare('SELECT * FROM sessions').get();
}

function storeAfter(...events: readonly EventEnvelope[]): Database {
  const database = testStore();
  eventApplier(database, [sessionEffects], () => 1)(events);
  return database;
}

describe('sessionEffects', () => {
  it('make a session known by any of its events, with the time of its first and its last', () => {
    const row = sessionAfter(
      event('checkpoint.created', 2_000),
      event('build.failed', 1_000),
      event('task.failed', 3_000),
    );
    expect(row).toMatchObject({
      id: 's1',
      first_event_at: 1_000,
      last_event_at: 3_000,
      started_at: null,
    });
  });

  it('make no session of an event that names none', () => {
    expect(sessionAfter(testEvent({ event_type: 'session.started', payload: {} }))).toBeUndefined();
  });

  it('take the place of a session from its latest event that tells all of it, as one', () => {
    const old = event('build.failed', 1_000, {
      project: '/old',
      worktree: '/old',
      repository: '/old/.git',
      transcript_path: '/t/old',
    });
    const fresh = event('build.failed', 2_000, {
      project: '/new',
      worktree: null,
      repository: null,
      transcript_path: '/c/projects/new/s1.jsonl',
    });
    const place = {
      client: 'claude-code',
      project: '/new',
      worktree: null,
      repository: null,
      transcript_path: '/c/projects/new/s1.jsonl',
      config_folder: '/c',
      identity_at: 2_000,
    };
    expect(sessionAfter(old, fresh)).toMatchObject(place);
    expect(sessionAfter(fresh, old)).toMatchObject(place);
  });

  it('keep the place when an event says nothing of it', () => {
    const row = sessionAfter(
      event('build.failed', 1_000, { project: '/p', transcript_path: '/t' }),
      event('build.failed', 2_000),
    );
    expect(row).toMatchObject({ project: '/p', transcript_path: '/t', identity_at: 1_000 });
  });

  it('keep worktree, repository and transcript when a later event names the project alone', () => {
    const whole = {
      project: '/p',
      worktree: '/p',
      repository: '/p/.git',
      transcript_path: '/t',
    };
    const hook = event('checkpoint.created', 1_000, whole);
    const sparse = event('security.risky_command', 2_000, { project: '/p' });
    expect(sessionAfter(hook, sparse)).toMatchObject(whole);
    expect(sessionAfter(sparse, hook)).toMatchObject(whole);
  });

  it('know the project from an event that names it alone, until one tells more', () => {
    expect(sessionAfter(event('build.failed', 1_000, { project: '/p' }))).toMatchObject({
      project: '/p',
      identity_whole: 0,
      transcript_path: null,
    });
  });

  it('know the folder of the client from the event that names it, else from the path of the transcript', () => {
    const fromPath = { transcript_path: '/c/projects/p/s1.jsonl' };
    const named = { ...fromPath, config_folder: '/linked' };
    expect(sessionAfter(event('build.failed', 1_000, fromPath))).toMatchObject({
      config_folder: '/c',
    });
    expect(sessionAfter(event('build.failed', 1_000, named))).toMatchObject({
      config_folder: '/linked',
    });
    const elsewhere = event('build.failed', 2_000, { transcript_path: '/t' });
    expect(sessionAfter(event('build.failed', 1_000, named), elsewhere)).toMatchObject({
      config_folder: '/linked',
      transcript_path: '/t',
    });
  });

  it('come to one row in whatever order and in whatever batches events are applied', () => {
    const tell = fc.record(
      {
        project: fc.constantFrom('/a', '/b'),
        worktree: fc.constantFrom('/a', null),
        repository: fc.constantFrom('/a/.git', null),
        transcript_path: fc.constantFrom('/c/projects/a/s1.jsonl', '/t'),
        config_folder: fc.constantFrom('/c', '/d'),
        model: fc.constantFrom('large', 'small'),
        reason: fc.constantFrom('startup', 'resume'),
      },
      { requiredKeys: [] },
    );
    const type = fc.constantFrom('session.started', 'session.ended', 'build.failed');
    const told = fc.array(fc.tuple(type, fc.integer({ min: 1, max: 4 }), tell), {
      minLength: 1,
      maxLength: 6,
    });
    const shuffled = told.chain((list) => {
      const events = list.map(([name, at, own]) => event(name, at * 1_000, own));
      return fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
        fc.integer({ min: 0, max: events.length }),
      );
    });
    const empty = emptyStores();
    const rowAfter = (...batches: readonly (readonly EventEnvelope[])[]): Row | undefined => {
      const database = empty();
      for (const batch of batches) eventApplier(database, [sessionEffects], () => 1)(batch);
      return sessionIn(database);
    };
    fc.assert(
      fc.property(shuffled, ([events, other, cut]) => {
        expect(rowAfter(other.slice(0, cut), other.slice(cut))).toEqual(rowAfter(events));
      }),
      { numRuns: 60 },
    );
  });

  it('remember the first and the last start, and the model of the last that named one', () => {
    const row = sessionAfter(
      event('session.started', 2_000, { reason: 'resume', model: 'large' }),
      event('session.started', 1_000, { reason: 'startup', model: 'small' }),
      event('session.started', 3_000, { reason: 'clear' }),
    );
    expect(row).toMatchObject({
      started_at: 1_000,
      last_started_at: 3_000,
      model: 'large',
      model_at: 2_000,
    });
  });

  it('remember the last end and its reason', () => {
    const row = sessionAfter(
      event('session.ended', 2_000, { reason: 'logout' }),
      event('session.ended', 1_000, { reason: 'clear' }),
    );
    expect(row).toMatchObject({ ended_at: 2_000, end_reason: 'logout' });
  });

  it('keep each prompt that a person typed', () => {
    const prompts = [
      event('session.prompt_submitted', 1_000, { prompt: 'one' }),
      event('session.prompt_submitted', 1_000, { prompt: 'two' }),
      event('session.prompt_submitted', 1_000, { prompt: 'a note of the client', synthetic: true }),
    ];
    const kept = storeAfter(...prompts)
      .prepare('SELECT session_id, id FROM prompts ORDER BY id')
      .all();
    expect(kept).toEqual(prompts.slice(0, 2).map(({ event_id: id }) => ({ session_id: 's1', id })));
  });

  it('write the life of a session into its log', () => {
    const database = storeAfter(
      event('session.started', 1_000, { reason: 'startup' }),
      event('session.prompt_submitted', 2_000, { prompt: 'hello' }),
      event('session.ended', 3_000),
    );
    const log = database
      .prepare('SELECT session_id, at, kind, detail FROM session_log ORDER BY at')
      .all();
    expect(log).toEqual([
      { session_id: 's1', at: 1_000, kind: 'started', detail: 'startup' },
      { session_id: 's1', at: 2_000, kind: 'prompt_submitted', detail: 'hello' },
      { session_id: 's1', at: 3_000, kind: 'ended', detail: null },
    ]);
  });
});
