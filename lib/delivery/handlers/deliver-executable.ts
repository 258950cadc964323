import { existsSync, statSync } from 'node:fs';
import { errnoOf, reasonOf } from '../../core/errors.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import { redactTokens } from '../../secrets/redact.ts';
import { causeEnvironment } from '../../events/cause.ts';
import { abortReason } from './abort-reason.ts';
import type { DeliveryOrder, DeliveryResult } from '../subscription.ts';
import { type EventFile, writeEventFile } from './event-file.ts';
import { type ProgramEnd, type ProgramRun, runExecutable } from './run-executable.ts';

/** Where programs of the user's run, and with what. */
export interface ProgramSurroundings {
  /** The state folder. */
  readonly home: string;
  /** Environment of every handler, without secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder for event files during delivery. */
  readonly scratch: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Characters of the output in a result. */
  readonly outputHead: number;
  /** Tracks each run so that shutdown can wait for it. */
  readonly track: (run: Promise<unknown>) => void;
}

/** Exit statuses with a meaning of their own. */
const TRY_AGAIN = 75; // EX_TEMPFAIL of sysexits(3)
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/**
 * Passes an event to a program: on standard input, and as the file in WAYMARK_EVENT_FILE. Never
 * rejects.
 */
export async function deliverToExecutable(
  name: string,
  path: string,
  order: DeliveryOrder,
  surroundings: ProgramSurroundings,
): Promise<DeliveryResult> {
  const { home, environment, scratch, graceMs, outputHead } = surroundings;
  let file: EventFile;
  try {
    file = writeEventFile(scratch, order.event);
  } catch (error) {
    return {
      state: 'failed',
      reason: `Cannot write its event to ${scratch}: ${errnoOf(error) || reasonOf(error)}`,
    };
  }
  try {
    const cwd = folderFor(order.event.payload, home);
    const own = { ...environment, ...eventEnvironment(name, order), WAYMARK_EVENT_FILE: file.path };
    const run = runExecutable({
      path,
      cwd,
      environment: own,
      stdin: file.fd,
      signal: order.signal,
      graceMs,
    });
    surroundings.track(run);
    return resultOf(await run, path, order.signal, outputHead);
  } finally {
    file.remove();
  }
}

/** Returns the project's folder if it exists, else the state folder. */
export function folderFor(payload: JsonObject, home: string): string {
  const project = stringField(payload, 'project') ?? stringField(payload, 'cwd');
  if (project === undefined || !project.startsWith('/')) return home;
  return statSync(project, { throwIfNoEntry: false })?.isDirectory() === true ? project : home;
}

function eventEnvironment(name: string, { event, attempt }: DeliveryOrder): Record<string, string> {
  return {
    ...causeEnvironment(event),
    WAYMARK_EVENT_ID: event.event_id,
    WAYMARK_EVENT_TYPE: event.event_type,
    WAYMARK_ATTEMPT: String(attempt),
    WAYMARK_HANDLER: name,
  };
}

function resultOf(
  { end, output }: ProgramRun,
  path: string,
  signal: AbortSignal,
  outputHead: number,
): DeliveryResult {
  const head = redactTokens(output.slice(0, outputHead)).trimEnd();
  const kept = head === '' ? {} : { output: head };
  const last = redactTokens(output.trimEnd().split('\n').at(-1) ?? '').slice(0, 200);
  const failed = (reason: string): DeliveryResult => ({
    state: 'failed',
    reason: last === '' ? reason : `${reason}: ${last}`,
    ...kept,
  });
  const refused = (reason: string): DeliveryResult => ({ state: 'refused', reason, ...kept });
  if (end.by === 'fault') return faultOf(end.errno, path);
  if (end.by === 'abort') return { state: 'failed', reason: abortReason(signal), ...kept };
  if (end.by === 'signal') return failed(`It was ended by ${end.signal}`);
  return statusResult(end, failed, refused) ?? { state: 'done', ...kept };
}

type Say = (reason: string) => DeliveryResult;

function statusResult(
  { status }: Extract<ProgramEnd, { by: 'exit' }>,
  failed: Say,
  refused: Say,
): DeliveryResult | undefined {
  if (status === 0) return undefined;
  if (status === TRY_AGAIN) return failed('It asked to be tried again (exit status 75)');
  if (status === NOT_EXECUTABLE)
    return refused('It names a program that may not be executed (exit status 126)');
  if (status === NOT_FOUND)
    return refused('It names a program that is not in PATH (exit status 127)');
  return failed(`Exit status ${status}`);
}

function faultOf(errno: string, path: string): DeliveryResult {
  if (errno === 'ENOENT')
    return {
      state: 'refused',
      reason: existsSync(path)
        ? 'The program that its first line names is missing'
        : `${path} is missing`,
    };
  if (errno === 'EACCES' || errno === 'EPERM')
    return { state: 'refused', reason: `${path} is not executable (chmod +x)` };
  if (errno === 'ENOEXEC')
    return {
      state: 'refused',
      reason: `${path} is not a program for this machine, and has no #! line`,
    };
  return { state: 'failed', reason: `Cannot start ${path}: ${errno}` };
}
