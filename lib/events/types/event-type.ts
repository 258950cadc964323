import type * as v from 'valibot';

/** The description of an event type. */
export interface EventType<Payload = unknown> {
  /** When it happens, one sentence. */
  readonly doc: string;
  /** Who makes it (its `source`), and from what. */
  readonly madeBy: readonly (readonly [source: string, from: string])[];
  /** Schema of its own fields. Unknown fields are allowed. */
  readonly payload: v.GenericSchema<unknown, Payload>;
  /** An example payload. */
  readonly example: Payload;
}

/**
 * Checks the example of a type against its schema at compile time. Keeps only the output type of
 * the schema, because that is what users see.
 */
export function eventType<Schema extends v.GenericSchema<unknown>>(
  type: Pick<EventType, 'doc' | 'madeBy'> & {
    readonly payload: Schema;
    readonly example: v.InferOutput<Schema>;
  },
): EventType<v.InferOutput<Schema>> {
  return { ...type, payload: type.payload };
}
