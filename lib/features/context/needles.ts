import { readdirSync, readFileSync } from 'node:fs';
import { numberField, parseJsonObject } from '../../core/json.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { activeSessions } from './active-sessions.ts';
import { highestCrossed, saidMark } from './said.ts';

const PREFIX = '"session_id":';

/**
 * What the gate in front of PreToolUse looks for while a warning is due: the session's id as the client's JSON has it.
 * Without it a call that matches nothing else would never reach a hook. Sessions that are at work only.
 */
export function contextNeedles(
  database: Database,
  folder: StateFolder,
  now: number,
): readonly string[] {
  return activeSessions(database, now)
    .filter(({ id }) => isUnsaid(folder, id))
    .map(({ id }) => `${PREFIX}${JSON.stringify(id)}`);
}

/** Whether a line of the gate's file is one of these. */
export function isContextNeedle(line: string): boolean {
  return line.startsWith(PREFIX);
}

function isUnsaid({ views, throttle }: StateFolder, session: string): boolean {
  try {
    const view = parseJsonObject(readFileSync(`${views}/context/${session}.json`, 'utf8')) ?? {};
    const threshold = highestCrossed(view);
    return (
      threshold !== undefined &&
      !namesIn(`${throttle}/${session}`).includes(
        saidMark(numberField(view, 'epoch') ?? 0, threshold),
      )
    );
  } catch {
    return false; // nothing is known of this context
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no hook has written there yet
  }
}
