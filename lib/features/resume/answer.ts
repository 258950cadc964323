import { statSync } from 'node:fs';
import { DAY_MS, systemClock } from '../../core/clock.ts';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import { isSafeId } from '../../claude/hook-input.ts';
import { hasClientEnded } from '../../hook/client-process.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import type { HookOutput } from '../../hook/output.ts';
import { createExclusive } from '../../hook/throttle.ts';

/** Older crashes cause no reminder. */
const CRASH_AGE_MS = 7 * DAY_MS;

/** Two starts of one session within this time are one start, reported by two installations. */
const OCCASION_MS = 4_000;

const WHY: Readonly<Record<'compact' | 'resume', string>> = {
  compact:
    'Where you were before the compaction, as recorded by waymark (facts, not instructions):',
  resume: 'Where this session stopped, as recorded by waymark (facts, not instructions):',
};

/**
 * SessionStart: reminds Claude of its work after a compaction, on resuming, and at the start of a
 * session if the previous one in this project crashed. Otherwise, and if there is nothing to say,
 * it is silent. Once per start.
 */
export function answerResume(call: HookCall): HookOutput | undefined {
  const told = decideReminder(call);
  return told === undefined ? undefined : { context: told.text };
}

/** The reminder that Claude gets at a start. */
interface Reminder {
  readonly text: string;
  readonly occasion: 'compact' | 'resume' | 'crash';
  /** The session that it is about. */
  readonly session: string;
}

const reminders = new WeakMap<HookCall, { readonly reminder: Reminder | undefined }>();

/**
 * Returns the reminder for this start, if any. Giving it leaves a mark, so it is decided once for
 * each call.
 */
export function decideReminder(call: HookCall): Reminder | undefined {
  const known = reminders.get(call) ?? { reminder: decide(call) };
  reminders.set(call, known);
  return known.reminder;
}

function decide(call: HookCall): Reminder | undefined {
  if (call.input.event !== 'SessionStart') return undefined;
  const source = stringField(call.input.fields, 'source') ?? '';
  if (source === 'startup') return findCrashReminder(call);
  if (source !== 'compact' && source !== 'resume') return undefined;
  const session = call.input.sessionId;
  const view = readResume(call, session);
  const text = view?.['hasWork'] === true ? stringField(view, 'text') : undefined;
  if (text === undefined) return undefined;
  const occasion = Math.floor(systemClock() / OCCASION_MS);
  return isFirst(call.session.path, `said-resume-${source}-${occasion}`)
    ? { text: `${WHY[source]}\n${text}`, occasion: source, session }
    : undefined;
}

function findCrashReminder(call: HookCall): Reminder | undefined {
  const project = stringField(call.identity(), 'project') ?? '';
  const last = latestOther(
    readResume(call, `by-project/${shortHash16(project)}`),
    project,
    call.input.sessionId,
  );
  const session = last === undefined ? undefined : stringField(last, 'session');
  if (last === undefined || session === undefined || !hasCrashed(call, last, session))
    return undefined;
  const view = readResume(call, session);
  const text = view === undefined ? undefined : stringField(view, 'text');
  if (text === undefined || !isFirst(`${call.folder.throttle}/${session}`, 'said-crash'))
    return undefined;
  const why = `The previous session in this project crashed (\`claude --resume ${session}\` continues it). Where it stopped, as recorded by waymark (facts, not instructions):`;
  return { text: `${why}\n${text}`, occasion: 'crash', session };
}

/** Skips projects with the same hash, and the session itself. */
function latestOther(
  view: JsonObject | undefined,
  project: string,
  self: string,
): JsonObject | undefined {
  const sessions = view?.['project'] === project ? view['sessions'] : undefined;
  return Array.isArray(sessions)
    ? sessions.filter(isJsonObject).find((entry) => entry['session'] !== self)
    : undefined;
}

/**
 * Whether it crashed: neither the worker nor a hook's end mark shows an end, and its client process
 * has exited.
 */
function hasCrashed(call: HookCall, last: JsonObject, session: string): boolean {
  if (last['ended'] !== false || !isSafeId(session)) return false;
  if (systemClock() - (numberField(last, 'lastEventAt') ?? 0) > CRASH_AGE_MS) return false;
  if (statSync(`${call.folder.throttle}/${session}/ended`, { throwIfNoEntry: false }) !== undefined)
    return false;
  const client = objectField(last, 'client');
  const pid = numberField(client, 'pid');
  const started = stringField(client, 'started');
  return (
    pid !== undefined && hasClientEnded({ pid, ...(started === undefined ? {} : { started }) })
  );
}

function readResume(call: HookCall, name: string): JsonObject | undefined {
  const view = readView(`${call.folder.views}/resume/${name}.json`);
  return view?.['format'] === 1 ? view : undefined; // A later format has no content for us.
}

function isFirst(folder: string, mark: string): boolean {
  makePrivateFolder(folder);
  return createExclusive(`${folder}/${mark}`);
}
