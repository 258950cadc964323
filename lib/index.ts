export { createEvent } from './api/create-event.ts';
export { emit, type EmitOptions } from './api/emit.ts';
export type { EventOptions } from './api/event-options.ts';
export {
  defineHandler,
  type HandlerContext,
  type HandlerDefinition,
  type HandlerDraft,
  type HandlerEvent,
} from './delivery/handlers/define-handler.ts';
export type { EventTypeName, PayloadOf } from './events/types/registry.ts';
export { type AnyEventType, isOfType, type TypedEvent } from './events/types/typed-event.ts';
export type { EventEnvelope, EventMetadata, Urgency } from './events/envelope.ts';
export { type ErrorCode, WaymarkError } from './core/errors.ts';
export type { JsonObject } from './core/json.ts';
