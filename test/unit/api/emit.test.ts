import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEvent, defineHandler, emit, isOfType, WaymarkError } from '../../../lib/index.ts';
import { queuedEvents } from '../../support/run-hook.ts';
import { tempFolder } from '../../support/temp-folder.ts';

beforeEach(() => void vi.stubEnv('WAYMARK_AUTOSTART', 'false'));
afterEach(() => void vi.unstubAllEnvs());

describe('createEvent', () => {
  it('makes a complete event and sends nothing', () => {
    const event = createEvent(
      'task.failed',
      { call: { tool: 'Bash' } },
      { source: 'ci', correlationId: 'run-7', priority: 'high', tags: ['a'], master: 'lead' },
    );
    expect(event).toEqual({
      event_id: expect.stringMatching(/^evt_\d{8}_\d{6}_[0-9a-f]{16}$/),
      event_type: 'task.failed',
      timestamp: expect.any(String),
      source: 'ci',
      correlation_id: 'run-7',
      metadata: { priority: 'high', tags: ['a'], master: 'lead' },
      payload: { call: { tool: 'Bash' } },
    });
  });

  it('knows the payload of a type while compiling, and by its alias', () => {
    const failed = createEvent('task.failed', { call: { tool: 'Bash' } });
    const tool: string | undefined = failed.payload.call?.tool;
    expect(tool).toBe('Bash');
    const decided = createEvent('routing.decision', { agent_type_chosen: 'Explore' });
    const type: 'routing.decision_made' = decided.event_type;
    expect(type).toBe('routing.decision_made');
    // @ts-expect-error a tool is a text
    expect(() => createEvent('task.failed', { call: { tool: 5 } })).toThrow(
      'payload.call.tool must be a string',
    );
    // @ts-expect-error a session has an id
    expect(() => createEvent('session.started', {})).toThrow('payload.session_id is missing');
  });

  it('takes any payload for a type of the user', () => {
    expect(createEvent('build.failed', { job: 'lint', at: new Date(0) }).payload).toEqual({
      job: 'lint',
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('takes an id and a time of the maker', () => {
    expect(createEvent('a.b', {}, { id: 'mine-1', timestamp: new Date(0) })).toMatchObject({
      event_id: 'mine-1',
      timestamp: '1970-01-01T00:00:00.000Z',
    });
  });

  it('is one hop deeper than the event that it answers, given or in the environment', () => {
    const cause = createEvent('a.b', {}, { id: 'e1', correlationId: 'run-7' });
    const answer = createEvent('a.c', {}, { causedBy: cause });
    expect(answer).toMatchObject({ correlation_id: 'run-7', metadata: { cause: 'e1', depth: 1 } });
    vi.stubEnv('WAYMARK_CAUSE', 'e4');
    vi.stubEnv('WAYMARK_DEPTH', '4');
    expect(createEvent('a.d')).toMatchObject({ metadata: { cause: 'e4', depth: 5 } });
  });
});

describe('emit', () => {
  it('queues an event by type and payload, and returns its id', () => {
    const home = tempFolder();
    const id = emit('build.failed', { job: 'lint' }, { home, priority: 'high', source: 'ci' });
    expect(queuedEvents(home)).toMatchObject([
      { event_id: id, event_type: 'build.failed', source: 'ci', payload: { job: 'lint' } },
    ]);
  });

  it('queues an event that was made before, as it is', () => {
    const home = tempFolder();
    const event = createEvent('task.created', { task_id: '1' }, { source: 'ci' });
    expect(emit(event, { home, queuePriority: 0 })).toBe(event.event_id);
    expect(queuedEvents(home)).toEqual([event]);
  });

  it('finds the state folder in the environment', () => {
    const home = tempFolder();
    vi.stubEnv('WAYMARK_HOME', home);
    emit('a.b');
    expect(queuedEvents(home)).toHaveLength(1);
  });

  it('ends a chain of handlers that trigger each other', () => {
    const home = tempFolder();
    let event = createEvent('a.b');
    const chain = (): void => {
      for (;;) event = createEvent('a.b', {}, { causedBy: event });
    };
    expect(chain).toThrow(expect.objectContaining({ code: 'EVENT_LOOP' }));
    expect(event.metadata?.depth).toBe(8);
    expect(() => emit('a.b', {}, { causedBy: event, home })).toThrow(WaymarkError);
    expect(queuedEvents(home)).toMatchObject([
      { event_type: 'system.health_alert', payload: { reason: 'event-loop' } },
    ]);
  });
});

describe('isOfType', () => {
  it('distinguishes types', () => {
    const event = createEvent('task.failed', { turn: { error: 'overloaded' } });
    expect(isOfType(event, 'task.created')).toBe(false);
    expect(isOfType(event, 'task.failed') ? event.payload.turn?.error : '').toBe('overloaded');
  });
});

describe('defineHandler', () => {
  it('is there', () => {
    expect(defineHandler({ on: 'task.failed', handle: () => undefined }).on).toBe('task.failed');
  });
});
