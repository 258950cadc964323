import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildEvent } from '../events/build-event.ts';
import type { KnownHandler } from '../delivery/handlers/known-handler.ts';
import { matchesType } from '../events/matches-type.ts';
import { EVENT_TYPES, isEventTypeName } from '../events/types/registry.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { parseEnvelope } from '../events/envelope-schema.ts';
import { stampSource } from '../events/event-id.ts';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts';
import type { ActionContext } from './action-context.ts';
import { queryStore } from '../query/store-view.ts';

/** Which event a handler is tried with. */
export interface SampleChoice {
  /** The id of a stored event, or a file with one. */
  readonly event?: string;
  /** An example of this type. */
  readonly type?: string;
  /** Where a relative path of a file begins. */
  readonly cwd: string;
}

/** How far back a stored event is looked for that a handler wants. */
const LATEST = 500;

/**
 * The event that a handler is tried with: the one that was asked for, else the latest stored one
 * that it wants, else an example of its first type.
 * @throws {@link WaymarkError} NOT_FOUND, EVENT_INVALID or USAGE.
 */
export async function chooseSampleEvent(
  actionContext: ActionContext,
  handler: KnownHandler,
  { event, type, cwd }: SampleChoice,
): Promise<EventEnvelope> {
  if (event !== undefined && type !== undefined)
    throw new WaymarkError('USAGE', 'Cannot use --event with --type: each names the event');
  if (event !== undefined) return readGivenEvent(actionContext, resolve(cwd, event), event);
  if (type !== undefined) return exampleOf(actionContext, type);
  return (
    (await latestFor(actionContext, handler)) ??
    exampleOf(actionContext, handler.settings?.types[0] ?? '*')
  );
}

/** Whether the handler gets such an event at all. */
export function acceptsEvent({ subscription }: KnownHandler, event: EventEnvelope): boolean {
  return (
    subscription !== undefined &&
    matchesType(subscription.types, event.event_type) &&
    subscription.accepts?.(event) !== false
  );
}

async function readGivenEvent(
  actionContext: ActionContext,
  file: string,
  given: string,
): Promise<EventEnvelope> {
  if (existsSync(file)) return readEventFile(actionContext, file);
  const { readEvents } = await import('../query/events.ts');
  const { findEventId } = await import('../query/find-event-id.ts');
  const [stored] = await queryStore<readonly JsonObject[]>(
    actionContext.folder,
    [],
    async (database) => readEvents(database, [await findEventId(database, given)]),
  );
  const parsed = parseEnvelope(stored);
  if (!parsed.ok)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot find the event ${given}: it is neither a stored id nor a file`,
    );
  return parsed.event;
}

/** A whole event, or what a program would drop into the queue. */
function readEventFile(actionContext: ActionContext, file: string): EventEnvelope {
  let given: JsonObject | undefined;
  try {
    given = parseJsonObject(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new WaymarkError('USAGE', `Cannot read ${file}: ${errnoOf(error)}`, { cause: error });
  }
  if (given === undefined)
    throw new WaymarkError('EVENT_INVALID', `Cannot use ${file}: it is not a JSON object`);
  return complete(actionContext, given);
}

function exampleOf(actionContext: ActionContext, glob: string): EventEnvelope {
  const type = glob.includes('*')
    ? (Object.keys(EVENT_TYPES).find((name) => matchesType([glob], name)) ??
      glob.replaceAll('*', 'sample'))
    : glob;
  const payload: unknown = isEventTypeName(type) ? EVENT_TYPES[type].example : {};
  return complete(actionContext, {
    event_type: type,
    payload: isJsonObject(payload) ? payload : {},
  });
}

function complete({ clock }: ActionContext, given: JsonObject): EventEnvelope {
  return buildEvent({ given, source: 'cli', cause: undefined, stamp: stampSource(clock)() });
}

async function latestFor(
  actionContext: ActionContext,
  handler: KnownHandler,
): Promise<EventEnvelope | undefined> {
  const { listEvents } = await import('../query/events.ts');
  const stored = await queryStore<readonly JsonObject[]>(actionContext.folder, [], (database) =>
    listEvents(database, { limit: LATEST }),
  );
  for (const { correlation_id, metadata, ...event } of stored.toReversed()) {
    const parsed = parseEnvelope({
      ...event,
      ...(correlation_id === null ? {} : { correlation_id }),
      ...(metadata === null ? {} : { metadata }),
    });
    if (parsed.ok && acceptsEvent(handler, parsed.event)) return parsed.event;
  }
  return undefined;
}
