import type { EventEnvelope } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import type { DeliveryOrder, DeliveryResult, Subscription } from '../subscription.ts';
import { deliverToExecutable, type ProgramSurroundings } from './deliver-executable.ts';
import { passesFilters } from './event-filter.ts';
import { readHandlerSettings } from './handler-settings.ts';
import type { KnownHandler } from './known-handler.ts';
import type { ModuleRunner } from './module-runner.ts';
import type { FoundHandler } from './runner-protocol.ts';

/**
 * Queues an event that a handler makes.
 * @returns its id.
 * @throws WaymarkError if it is invalid, or the queue refuses it.
 */
export type EmitFrom = (draft: JsonObject, cause: EventEnvelope, handler: string) => string;

type Deliver = (order: DeliveryOrder) => Promise<DeliveryResult>;
type Origin = Pick<KnownHandler, 'name' | 'kind' | 'path'>;

/**
 * Returns the full name of a user's handler. Webhooks and built-in handlers have other prefixes.
 */
export function userHandlerName(name: string): string {
  return `user/${name}`;
}

/** Makes a handler from a program. */
export function executableHandler(
  name: string,
  path: string,
  given: JsonObject,
  surroundings: ProgramSurroundings,
): KnownHandler {
  const deliver = (order: DeliveryOrder): Promise<DeliveryResult> =>
    deliverToExecutable(name, path, order, surroundings);
  return handlerFrom({ name, kind: 'executable', path }, given, deliver);
}

/** Makes a handler from an export of a module. The default export has the name of the file. */
export function moduleHandler(
  base: string,
  path: string,
  found: FoundHandler,
  runner: ModuleRunner,
  emit: EmitFrom,
): KnownHandler {
  const name = userHandlerName(found.name === 'default' ? base : found.name);
  const deliver = ({ event, attempt, signal }: DeliveryOrder): Promise<DeliveryResult> =>
    runner.handle({
      handler: found.name,
      event,
      attempt,
      signal,
      emit: (draft) => emit(draft, event, name),
    });
  return handlerFrom({ name, kind: 'module', path }, found.settings, deliver);
}

/** Makes an entry for a handler that cannot be used. */
export function refusedHandler(origin: Origin, reason: string): KnownHandler {
  return { ...origin, state: 'refused', reason };
}

function handlerFrom(origin: Origin, given: JsonObject, deliver: Deliver): KnownHandler {
  const read = readHandlerSettings(given);
  if (!read.ok) return refusedHandler(origin, read.reason);
  const { types, filters, timeoutMs, concurrency, maxAttempts } = read.settings;
  const subscription: Subscription = {
    name: origin.name,
    kind: origin.kind,
    types,
    accepts: (event) => passesFilters(filters, event),
    concurrency,
    timeoutMs,
    maxAttempts,
    deliver,
  };
  return { ...origin, state: 'ready', settings: read.settings, subscription };
}
