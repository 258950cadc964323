import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errnoOf, WaymarkError } from '../../core/errors.ts';
import { type JsonObject, objectField, parseJsonObject } from '../../core/json.ts';
import type { CommandContext } from '../command-context.ts';

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
 * The fields of an envelope that a command line gives; with the type `-` those of standard input,
 * over which flags win.
 * @throws {@link WaymarkError} USAGE when they cannot be read.
 */
export async function readEmitFields(
  context: CommandContext,
  type: string | undefined,
  flags: EmitFlags,
): Promise<JsonObject> {
  if (type === undefined)
    throw new WaymarkError('USAGE', 'Cannot emit an event: its type is missing');
  if (type === '-' && flags.payload === '-')
    throw new WaymarkError(
      'USAGE',
      'Cannot emit the event: standard input cannot be both the event and its payload',
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
      `Cannot emit the event: ${where} must be a JSON object${text.trim() === '' ? ', and is empty' : ''}`,
    );
  return found;
}

function standardInput({ readStdin }: CommandContext): Promise<string> {
  if (readStdin === undefined)
    throw new WaymarkError('USAGE', 'Cannot emit the event: there is no standard input');
  return readStdin();
}

/** @throws {@link WaymarkError} USAGE */
export function readQueuePriority(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
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
