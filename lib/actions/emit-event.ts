import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { causeFrom } from '../events/cause.ts';
import { buildEvent } from '../events/build-event.ts';
import { emitEvent } from '../queue/emit-event.ts';
import { queuePriorityOf } from '../queue/queue-priority.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { type JsonObject, objectField, parseJsonObject } from '../core/json.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import type { CommandContext } from '../cli/command-context.ts';

export interface EmitFlags {
  readonly payload?: string;
  readonly source?: string;
  readonly correlation?: string;
  readonly priority?: string;
  readonly queuePriority?: string;
  readonly tag?: readonly string[];
  readonly master?: string;
}

/**
 * The fields of an envelope that a command line gives; with the type `-` those of standard input, over which flags win.
 * @throws {@link WaymarkError} USAGE when they cannot be read.
 */
export async function readGiven(
  context: CommandContext,
  type: string | undefined,
  flags: EmitFlags,
): Promise<JsonObject> {
  if (type === undefined)
    throw new WaymarkError(
      'USAGE',
      'Cannot emit: give a type, or - for a whole event on standard input',
    );
  if (type === '-' && flags.payload === '-')
    throw new WaymarkError(
      'USAGE',
      'Cannot emit: standard input can be the event or its payload, not both',
    );
  const whole =
    type === '-' ? objectIn(await standardInput(context), 'standard input') : { event_type: type };
  const payload = flags.payload === undefined ? undefined : await payloadOf(context, flags.payload);
  const said = { priority: flags.priority, tags: flags.tag, master: flags.master };
  return {
    ...whole,
    ...defined({ source: flags.source, correlation_id: flags.correlation, payload }),
    ...(Object.values(said).every((value) => value === undefined)
      ? {}
      : { metadata: { ...objectField(whole, 'metadata'), ...defined(said) } }),
  };
}

/** The event that would be sent. @throws {@link WaymarkError} EVENT_INVALID, EVENT_LOOP. */
export function examinedEvent(
  { environment, clock }: CommandContext,
  given: JsonObject,
): EventEnvelope {
  return buildEvent({
    given,
    source: 'cli',
    cause: causeFrom(environment),
    stamp: stampSource(clock)(),
  });
}

/** Makes the event durable in the queue. @throws {@link WaymarkError} USAGE, EVENT_INVALID, EVENT_LOOP, ENTRY_TOO_LARGE, QUEUE_FULL, QUEUE_WRITE_FAILED. */
export function emittedEvent(
  context: CommandContext,
  given: JsonObject,
  flags: EmitFlags,
): { readonly event: EventEnvelope; readonly queuePriority: number } {
  const { environment, clock } = context;
  const folder = context.folder();
  const { durability, queueCap, entryCap } = resolveConfig({
    environment,
    userFile: folder.configFile,
  }).values;
  const queuePriority = flags.queuePriority === undefined ? undefined : digit(flags.queuePriority);
  const event = emitEvent({
    given,
    source: 'cli',
    cause: causeFrom(environment),
    nextStamp: stampSource(clock),
    queue: queueFolder(folder.queue),
    queuePriority,
    options: {
      durability: durability === 'file' || durability === 'full' ? durability : 'none',
      queueCap,
      entryCap,
    },
  });
  return { event, queuePriority: queuePriority ?? queuePriorityOf(event.metadata?.priority) };
}

async function payloadOf(context: CommandContext, text: string): Promise<JsonObject> {
  if (text === '-') return objectIn(await standardInput(context), 'standard input');
  if (!text.startsWith('@')) return objectIn(text, '--payload');
  const file = resolve(context.cwd, text.slice(1));
  try {
    return objectIn(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (errnoOf(error) === '' || error instanceof WaymarkError) throw error;
    throw new WaymarkError('USAGE', `Cannot read ${file}: ${errnoOf(error)}`, { cause: error });
  }
}

function objectIn(text: string, where: string): JsonObject {
  const found = parseJsonObject(text);
  if (found === undefined)
    throw new WaymarkError(
      'USAGE',
      `Cannot emit: ${where} must be a JSON object${text.trim() === '' ? ', and is empty' : ''}`,
    );
  return found;
}

function standardInput({ readStdin }: CommandContext): Promise<string> {
  if (readStdin === undefined)
    throw new WaymarkError('USAGE', 'Cannot emit: there is no standard input');
  return readStdin();
}

function digit(text: string): number {
  if (!/^\d$/.test(text))
    throw new WaymarkError(
      'USAGE',
      `Cannot use --queue-priority ${text}: must be a digit, 0 (first) to 9`,
    );
  return Number(text);
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
