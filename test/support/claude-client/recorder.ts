import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, parseJsonObject, stringField } from '../../../lib/core/json.ts';

/** One payload that the client gave to a hook. */
export interface RecordedPayload {
  readonly event: string;
  /** When the hook had it, in milliseconds since the epoch. */
  readonly at: number;
  readonly input: JsonObject;
}

/**
 * Settings that make the client give every payload of `events` to a recorder in `folder`, one file
 * each: parallel hooks then never mix their bytes. Leave `folder` before the project's own settings
 * are written.
 */
export function recorderSettings(folder: string, events: readonly string[]): JsonObject {
  const payloads = join(folder, 'payloads');
  mkdirSync(payloads, { recursive: true });
  const command = join(folder, 'record.sh');
  writeFileSync(
    command,
    `#!/bin/sh\nset -e\nfile=$(mktemp '${payloads}/XXXXXXXX')\nexec cat >"$file"\n`,
    { mode: 0o755 },
  );
  const group = { hooks: [{ type: 'command', command, args: [], timeout: 10 }] };
  return { hooks: Object.fromEntries(events.map((event) => [event, [group]])) };
}

/** What the recorder in `folder` got, in the order of arrival. */
export function recordedPayloads(folder: string): readonly RecordedPayload[] {
  const payloads = join(folder, 'payloads');
  return readdirSync(payloads)
    .map((name) => join(payloads, name))
    .map((path) => ({
      at: statSync(path).mtimeMs,
      input: parseJsonObject(readFileSync(path, 'utf8')) ?? {},
    }))
    .map(({ at, input }) => ({
      event: stringField(input, 'hook_event_name') ?? 'unknown',
      at,
      input,
    }))
    .sort((one, other) => one.at - other.at);
}
