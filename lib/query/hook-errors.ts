import { readFileSync } from 'node:fs';
import { parseJsonObject, stringField } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';

/** What hooks could not do lately. They fail open, so this is the only place that says it. */
export interface HookErrors {
  readonly count: number;
  readonly last: {
    readonly at: string;
    readonly code: string;
    readonly message: string;
    readonly remedy: string | null;
    readonly hook: string | null;
  } | null;
}

/** Lines of log/hook-errors.log that are younger than `since`, in milliseconds since the epoch. */
export function readHookErrors(folder: StateFolder, since: number): HookErrors {
  let count = 0;
  let last: HookErrors['last'] = null;
  for (const line of linesOf(`${folder.log}/hook-errors.log`)) {
    const entry = parseJsonObject(line);
    const at = entry === undefined ? undefined : stringField(entry, 'time');
    if (entry === undefined || at === undefined || Date.parse(at) < since) continue;
    count += 1;
    last = {
      at,
      code: stringField(entry, 'code') ?? '',
      message: stringField(entry, 'message') ?? '',
      remedy: stringField(entry, 'remedy') ?? null,
      hook: stringField(entry, 'hook') ?? null,
    };
  }
  return { count, last };
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return []; // no hook ever had to complain
  }
}
