import { writeSync } from 'node:fs';
import { readHookInput } from '../../claude/hook-input.ts';
import { systemClock } from '../../core/clock.ts';
import { folderFault } from '../../core/folder-fault.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../../core/json.ts';
import { locateStateFolder, type StateFolder } from '../../core/state-folder.ts';
import { readInput } from '../../hook/read-input.ts';
import { statusLine } from './line.ts';
import { look, readView } from './look.ts';
import { tellWindow } from './window-seen.ts';
import { wrappedLine } from './wrapped-line.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const INPUT_CAP = 4 * 1024 * 1024;
const INPUT_TIME_MS = 1_000;

/** Prints the status line and exits 0, whatever breaks. */
export function runStatusLine(environment: Environment): void {
  const text = readStatusLine(environment);
  if (text !== '') attempt(() => writeSync(1, text));
}

/**
 * Returns what to print for what the client gives on standard input: the user's own line if there is one,
 * and ours below it. What breaks is left out. Also tells the worker of a window that it does not know.
 */
export function readStatusLine(environment: Environment): string {
  const { text, parsed } = readInput({
    sizeCap: INPUT_CAP,
    deadline: systemClock() + INPUT_TIME_MS,
  });
  const input = isJsonObject(parsed) ? parsed : (parseJsonObject(text) ?? {});
  const folder = attempt(() => locateStateFolder(environment));
  if (folder === undefined) return '';
  const fault = folderFault(folder.root);
  if (fault?.isUnsafe === true) return `waymark: ${fault.problem}; run: waymark doctor\n`;
  const theirs = attempt(() => wrappedLine(folder, input, text, environment)) ?? '';
  const ours =
    environment['WAYMARK_DISABLE'] === '1'
      ? ''
      : (attempt(() => ourLine(folder, input, environment)) ?? '');
  return [theirs, ours]
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('');
}

function ourLine(folder: StateFolder, input: JsonObject, environment: Environment): string {
  process.umask(0o077); // only here: the user's own line ran with the user's
  const now = systemClock();
  const known = readHookInput('statusLine', { ...input, hook_event_name: 'StatusLine' });
  const session = 'problem' in known ? undefined : known.sessionId;
  const contextView =
    session === undefined ? {} : readView(`${folder.views}/context/${session}.json`);
  const line = statusLine(look(folder, session, input, contextView, now), wantsColour(environment));
  if (session !== undefined)
    attempt(() => tellWindow({ folder, environment, session, input, contextView, now }));
  return line;
}

/** The client shows colours although standard output is no terminal here. @see https://no-color.org */
function wantsColour(environment: Environment): boolean {
  return (
    (environment['NO_COLOR'] ?? '') === '' &&
    environment['TERM'] !== 'dumb' &&
    environment['FORCE_COLOR'] !== '0'
  );
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
