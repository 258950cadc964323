import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineHandler } from '../../../../lib/delivery/handlers/define-handler.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import type { JsonObject } from '../../../../lib/core/json.ts';

describe('defineHandler', () => {
  it('returns its argument', () => {
    const definition = { on: 'task.failed', timeout: 5, handle: () => undefined };
    expect(defineHandler(definition)).toBe(definition);
  });

  it('knows the payload of each type that `on` fits', () => {
    defineHandler({
      on: ['task.failed', 'checkpoint.*'],
      handle(event) {
        expectTypeOf(event.event_type).toEqualTypeOf<'task.failed' | 'checkpoint.created'>();
        if (event.event_type === 'task.failed')
          expectTypeOf(event.payload.call?.tool).toEqualTypeOf<string | undefined>();
        if (event.event_type === 'checkpoint.created')
          expectTypeOf(event.payload.operation_count).toEqualTypeOf<number | undefined>();
      },
    });
  });

  it('has any payload for types of the user, beside known ones too', () => {
    defineHandler({
      on: ['build.*', 'task.failed'],
      handle(event) {
        expectTypeOf(event.event_type).toEqualTypeOf<`build.${string}` | 'task.failed'>();
        if (event.event_type !== 'task.failed')
          expectTypeOf(event.payload).toEqualTypeOf<JsonObject>();
      },
    });
  });

  it('accepts any envelope for a type that is not ours', () => {
    defineHandler({
      on: '*.failed',
      handle: (event) => void expectTypeOf(event).toEqualTypeOf<EventEnvelope>(),
    });
    const on: string = 'task.failed';
    defineHandler({
      on,
      handle: (event) => void expectTypeOf(event).toEqualTypeOf<EventEnvelope>(),
    });
  });
});
