import type * as v from 'valibot';

/** What there is to know of a type of event. */
export interface EventType<Payload = unknown> {
  /** When it happens, one sentence. */
  readonly doc: string;
  /** Who makes it (its `source`), and from what. */
  readonly madeBy: readonly (readonly [source: string, from: string])[];
  /** Its own fields; fields that are not named pass. */
  readonly payload: v.GenericSchema<unknown, Payload>;
  /** A payload as it comes. */
  readonly example: Payload;
}

/** Holds the example of a type against its schema, while compiling, and keeps of the schema's type what it makes of a payload: that is what users get to see. */
export function eventType<Schema extends v.GenericSchema<unknown>>(
  type: Pick<EventType, 'doc' | 'madeBy'> & {
    readonly payload: Schema;
    readonly example: v.InferOutput<Schema>;
  },
): EventType<v.InferOutput<Schema>> {
  return { ...type, payload: type.payload };
}
