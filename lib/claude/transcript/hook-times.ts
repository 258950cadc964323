import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { numberField, objectField, parseJsonObject, stringField } from '../../core/json.ts';

/** How long the client waited for a hook, as it noted itself. */
export interface HookTime {
  readonly event: string;
  readonly command: string;
  readonly ms: number;
}

/** Of a longer transcript the end is read. */
const MAX_BYTES = 4_000_000;

/** What a transcript says of hooks that ran, the latest last; nothing where there is none. */
export function readHookTimes(transcript: string): readonly HookTime[] {
  return endOf(transcript)
    .split('\n')
    .filter((line) => line.includes('"durationMs"') && line.includes('"hookEvent"'))
    .flatMap(hookTimeIn);
}

function hookTimeIn(line: string): readonly HookTime[] {
  const attachment = objectField(parseJsonObject(line) ?? {}, 'attachment');
  const event = stringField(attachment, 'hookEvent');
  const command = stringField(attachment, 'command');
  const ms = numberField(attachment, 'durationMs');
  return event === undefined || command === undefined || ms === undefined
    ? []
    : [{ event, command, ms }];
}

function endOf(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return ''; // cleaned up by the client
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, MAX_BYTES));
    const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}
