import { writeSync } from 'node:fs';
import { readHookInput } from '../../claude/hook-input.ts';
import { systemClock } from '../../core/clock.ts';
import { findFolderFault } from '../../core/folder-fault.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import { locateStateFolder, type StateFolder } from '../../core/state-folder.ts';
import { readInput } from '../../hook/read-input.ts';
import { formatStatusLine } from './format-status-line.ts';
import { readStatusLineFacts } from './read-status-line-facts.ts';
import { reportLimits } from './report-limits.ts';
import { reportWindow } from './report-window.ts';
import { runWrappedLine } from './wrapped-line.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const INPUT_CAP = 4 * 1024 * 1024;
const INPUT_TIME_MS = 1_000;

/** Prints the status line. Always exits 0. */
export function runStatusLine(environment: Environment): void {
  const text = readStatusLine(environment);
  if (text !== '') attempt(() => writeSync(1, text));
}

/**
 * Returns the output for the client's input: the user's own line if there is one, and ours below
 * it. Parts that fail are left out. Also reports an unknown window size to the worker.
 */
export function readStatusLine(environment: Environment): string {
  const { text, parsed } = readInput({
    sizeCap: INPUT_CAP,
    deadline: systemClock() + INPUT_TIME_MS,
  });
  const input = isJsonObject(parsed) ? parsed : (parseJsonObject(text) ?? {});
  const folder = attempt(() => locateStateFolder(environment));
  if (folder === undefined) return '';
  const fault = findFolderFault(folder.root);
  if (fault?.isUnsafe === true)
    return `waymark: Cannot use the state folder: ${fault.problem}\n${fault.remedy}\n`;
  const theirs = attempt(() => runWrappedLine(folder, input, text, environment)) ?? '';
  const ours =
    environment['WAYMARK_DISABLE'] === '1'
      ? ''
      : (attempt(() => ourLine(folder, input, environment)) ?? '');
  return [theirs, ours].map((line) => line && `${line}\n`).join('');
}

function ourLine(folder: StateFolder, input: JsonObject, environment: Environment): string {
  const umask = process.umask(0o077); // only here: the user's own line ran with the user's
  try {
    return lineAndReports(folder, input, environment);
  } finally {
    process.umask(umask);
  }
}

function lineAndReports(folder: StateFolder, input: JsonObject, environment: Environment): string {
  const now = systemClock();
  const known = readHookInput('statusLine', { ...input, hook_event_name: 'StatusLine' });
  const session = 'problem' in known ? undefined : known.sessionId;
  const contextView =
    session === undefined ? {} : (readView(`${folder.views}/context/${session}.json`) ?? {});
  const line = formatStatusLine(
    readStatusLineFacts(folder, session, input, contextView, now),
    wantsColour(environment),
  );
  if (session !== undefined) {
    attempt(() => reportWindow({ folder, environment, session, input, contextView, now }));
    attempt(() => reportLimits({ folder, environment, session, input, now }));
  }
  return line;
}

/**
 * Whether to use colours. The client shows them although standard output is not a terminal. @see
 * https://no-color.org
 */
function wantsColour(environment: Environment): boolean {
  return (
    !environment['NO_COLOR'] && environment['TERM'] !== 'dumb' && environment['FORCE_COLOR'] !== '0'
  );
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
