import type { EventEnvelope, Urgency } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import type { EventTypeName, PayloadOf } from '../../events/types/registry.ts';

/** An event that a handler makes. */
export interface HandlerDraft {
  readonly type: string;
  readonly payload?: JsonObject;
  readonly priority?: Urgency;
  readonly tags?: readonly string[];
  /** Left out: that of the event being handled. */
  readonly correlationId?: string;
}

/** What a handler works with, beside its event. */
export interface HandlerContext {
  /** From 1. */
  readonly attempt: number;
  /** Aborted at the time limit and when the worker ends: stop then, two seconds later the process is killed. */
  readonly signal: AbortSignal;
  /** A line for `waymark handlers test` and the record of this delivery. */
  log(text: string): void;
  /** Queues an event that names the one being handled as its cause. @returns its id. Rejects with the wrong field when it is invalid. */
  emit(draft: HandlerDraft): Promise<string>;
}

/** What `defineHandler` takes. */
export interface HandlerDefinition<On extends string = string> {
  /** Event types or globs of them, such as `task.*`. */
  readonly on: On | readonly On[];
  /** Conditions that must all hold, such as `payload.call.tool=Bash`. */
  readonly filter?: string | readonly string[];
  /** Seconds; 30 when left out. */
  readonly timeout?: number;
  /** Deliveries at once; 1 when left out. */
  readonly concurrency?: number;
  /** Attempts before a delivery is dead; 5 when left out. */
  readonly attempts?: number;
  /** Returns when the work is done; a throw or a rejection is a failed attempt. */
  handle(event: HandlerEvent<On>, context: HandlerContext): void | Promise<void>;
}

/** The known types that a glob fits. */
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
 * The event that a handler of `On` gets, one for each glob: of the known types that it fits, with their payloads; of types of yours with any payload. A glob that
 * begins with a star fits both, so it gets any envelope.
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

/** A handler, with the type of its event worked out from `on`. Changes nothing: it is there for the types. */
export function defineHandler<const On extends string>(
  definition: HandlerDefinition<On>,
): HandlerDefinition<On> {
  return definition;
}
