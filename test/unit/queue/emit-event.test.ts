import { describe, expect, it } from 'vitest';
import { emitEvent, type EmitParts } from '../../../lib/queue/emit-event.ts';
import { queuePriorityOf } from '../../../lib/queue/queue-priority.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import { eventsIn, filesIn } from '../../support/run-hook.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = Date.UTC(2026, 10, 22, 4, 48, 32, 123);

function place(own: Partial<EmitParts> = {}) {
  const queue = queueFolder(`${tempFolder()}/queue`);
  const parts: EmitParts = {
    given: { event_type: 'build.failed', payload: { job: 'lint' } },
    source: 'test',
    cause: undefined,
    queue,
    queuePriority: undefined,
    nextStamp: stampSource(() => NOW),
    options: { durability: 'none', queueCap: 1_000, entryCap: 4_096 },
    ...own,
  };
  return {
    parts,
    at: (priority: number) => eventsIn(`${queue.pending}/${priority}`),
    files: (priority: number) => filesIn(`${queue.pending}/${priority}`),
  };
}

describe('emitEvent', () => {
  it('fills in what is left out, and queues the event under its own id', () => {
    const { parts, at, files } = place();
    const event = emitEvent(parts);
    expect(event).toEqual({
      event_id: expect.stringMatching(/^evt_20261122_044832_[0-9a-f]{16}$/),
      event_type: 'build.failed',
      timestamp: '2026-11-22T04:48:32.123Z',
      source: 'test',
      payload: { job: 'lint' },
    });
    expect(at(5)).toEqual([event]);
    expect(files(5)[0]).toContain(event.event_id.slice(-16));
  });

  it('keeps what is given', () => {
    const given = {
      event_id: 'mine-1',
      event_type: 'task.created',
      timestamp: '2026-01-01T00:00:00Z',
      source: 'ci',
      correlation_id: 'run-7',
      metadata: { priority: 'high', tags: ['a'], master: 'lead' },
      payload: { task_id: '1' },
    };
    const { parts, at } = place({ given });
    expect(emitEvent(parts)).toEqual(given);
    expect(at(2)).toEqual([given]);
  });

  it.each([
    ['critical', 0],
    ['high', 2],
    ['medium', 5],
    ['low', 8],
  ] as const)('lines %s up at %i', (priority, digit) => {
    const { parts, at } = place({ given: { event_type: 'a.b', metadata: { priority } } });
    emitEvent(parts);
    expect(at(digit)).toHaveLength(1);
    expect(queuePriorityOf(priority)).toBe(digit);
  });

  it('queues an event at the given priority', () => {
    const { parts, at } = place({
      given: { event_type: 'a.b', metadata: { priority: 'low' } },
      queuePriority: 1,
    });
    emitEvent(parts);
    expect(at(1)).toHaveLength(1);
  });

  it.each([
    [
      'payload.call.tool must be a string',
      { event_type: 'task.failed', payload: { call: { tool: 5 } } },
    ],
    [
      'event_type is not a type of this version; did you mean task.failed?',
      { event_type: 'task.faild' },
    ],
    ['event_type is missing', {}],
    [
      'metadata.priority must be critical, high, medium or low',
      { event_type: 'a.b', metadata: { priority: 'urgent' } },
    ],
    ['metadata must be an object', { event_type: 'a.b', metadata: 'low' }],
    ['payload must be an object', { event_type: 'a.b', payload: [1] }],
    [
      'payload must be a value that JSON can represent',
      { event_type: 'a.b', payload: { large: 1n } },
    ],
  ])('refuses with "%s", and queues nothing', (said, given) => {
    const { parts, files } = place({ given, cause: { cause: 'e1', depth: 1 } });
    expect(() => emitEvent(parts)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(said) }),
    );
    expect([0, 5].flatMap(files)).toEqual([]);
  });

  it('names the cause in a handler, overrides a given one, and uses its correlation if none is given', () => {
    const cause = { cause: 'e1', depth: 3, correlationId: 'run-7' };
    const { parts } = place({
      given: { event_type: 'a.b', metadata: { depth: 0, tags: ['t'] } },
      cause,
    });
    expect(emitEvent(parts)).toMatchObject({
      correlation_id: 'run-7',
      metadata: { cause: 'e1', depth: 3, tags: ['t'] },
    });
    expect(
      emitEvent({ ...parts, given: { event_type: 'a.b', correlation_id: 'own' } }),
    ).toMatchObject({ correlation_id: 'own' });
  });

  it('refuses the ninth hop of a loop, with one alert per type', () => {
    const { parts, at, files } = place({ cause: { cause: 'e8', depth: 9 } });
    for (const attempt of [1, 2, 3])
      expect(() => emitEvent(parts), `attempt ${attempt}`).toThrow(
        expect.objectContaining({ code: 'EVENT_LOOP' }),
      );
    expect(files(5)).toEqual([]);
    expect(new Set(at(0).map(({ event_id }) => event_id)).size).toBe(1);
    expect(at(0)[0]).toMatchObject({
      event_type: 'system.health_alert',
      source: 'test',
      payload: { reason: 'event-loop', ids: ['e8'] },
    });
    expect(emitEvent({ ...parts, cause: { cause: 'e7', depth: 8 } }).metadata?.depth).toBe(8);
  });

  it('refuses a loop that an event claims for itself', () => {
    const { parts } = place({ given: { event_type: 'a.b', metadata: { depth: 9 } } });
    expect(() => emitEvent(parts)).toThrow(expect.objectContaining({ code: 'EVENT_LOOP' }));
  });
});
