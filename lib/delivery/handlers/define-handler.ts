import type { EventEnvelope, Urgency } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import type { EventTypeName, PayloadOf } from '../../events/types/registry.ts';

/** An event that a handler makes. */
export interface HandlerDraft {
  readonly type: string;
  readonly payload?: JsonObject;
  readonly priority?: Urgency;
  readonly tags?: readonly string[];
  /** Default: that of the handled event. */
  readonly correlationId?: string;
}

/** What a handler gets beside its event. */
export interface HandlerContext {
  /** Starts at 1. */
  readonly attempt: number;
  /**
   * Aborted at the time limit and when the worker stops. The process is killed two seconds later.
   */
  readonly signal: AbortSignal;
  /** Writes a line to `waymark handlers test` and to the record of this delivery. */
  log(text: string): void;
  /**
   * Queues an event with the handled event as its cause.
   * @returns its id. Rejects with the wrong field if the event is invalid.
   */
  emit(draft: HandlerDraft): Promise<string>;
}

/** The argument of `defineHandler`. */
export interface HandlerDefinition<On extends string = string> {
  /** Event types, or globs such as `task.*`. */
  readonly on: On | readonly On[];
  /** Conditions that must all hold, such as `payload.call.tool=Bash`. */
  readonly filter?: string | readonly string[];
  /** Seconds. Default: 30. */
  readonly timeout?: number;
  /** Deliveries at once. Default: 1. */
  readonly concurrency?: number;
  /** Attempts before a delivery is dead. Default: 5. */
  readonly attempts?: number;
  /** Returns when the work is done. A throw or a rejection is a failed attempt. */
  handle(event: HandlerEvent<On>, context: HandlerContext): void | Promise<void>;
}

/** The known types that match a glob. */
type TypesOf<Glob extends string> = Extract<EventTypeName, Pattern<Glob>>;
type Pattern<Glob extends string> = Glob extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Pattern<Tail>}`
  : Glob;

type KnownEvent<Type extends EventTypeName> = {
  [Each in Type]: Omit<EventEnvelope, 'event_type' | 'payload'> & {
    readonly event_type: Each;
    readonly payload: PayloadOf<Each>;
  };
}[Type];

/** An event of a type of the user's. */
type OwnEvent<Type extends string> = Omit<EventEnvelope, 'event_type'> & {
  readonly event_type: Type;
};

/**
 * The event that a handler of `On` gets, one type per glob: known types with their payloads, types
 * of the user's with any payload. A glob that begins with a star matches both, so its handler gets
 * any envelope.
 */
export type HandlerEvent<On extends string = string> = On extends string
  ? string extends On
    ? EventEnvelope
    : On extends `*${string}`
      ? EventEnvelope
      : [TypesOf<On>] extends [never]
        ? OwnEvent<Pattern<On>>
        : KnownEvent<TypesOf<On>>
  : never;

/** Returns the handler unchanged. Derives the type of its event from `on`. */
export function defineHandler<const On extends string>(
  definition: HandlerDefinition<On>,
): HandlerDefinition<On> {
  return definition;
}
