export { createEvent } from './api/create-event.ts';
export { emit, type EmitOptions } from './api/emit.ts';
export type { EventOptions } from './api/event-options.ts';
export { defineHandler, type HandlerContext, type HandlerDefinition, type HandlerDraft, type HandlerEvent } from './bus/handlers/define-handler.ts';
export type { EventTypeName, PayloadOf } from './bus/types/registry.ts';
export { type AnyEventType, isOfType, type TypedEvent } from './bus/types/typed-event.ts';
export type { EventEnvelope, EventMetadata, Urgency } from './core/envelope.ts';
export { type ErrorCode, WaymarkError } from './core/errors.ts';
export type { JsonObject } from './core/json.ts';
