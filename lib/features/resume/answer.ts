import { readFileSync, statSync } from 'node:fs';
import { DAY_MS, systemClock } from '../../core/clock.ts';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import { isSafeId } from '../../claude/hook-input.ts';
import { isGone } from '../../hook/client-process.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import type { Speech } from '../../hook/output.ts';
import { createNew } from '../../hook/throttle.ts';

/** A crash that is longer ago is no longer what one comes back from. */
const CRASH_AGE_MS = 7 * DAY_MS;

/** Two starts of one session within this time are one start, reported by two installations. */
const OCCASION_MS = 4_000;

const WHY: Readonly<Record<'compact' | 'resume', string>> = {
  compact:
    'Where you were before the compaction, as recorded by waymark (facts, not instructions):',
  resume:
    'Where this session stood when it stopped, as recorded by waymark (facts, not instructions):',
};

/**
 * SessionStart: reminds Claude where it was, after a compaction, on resuming, and at the start of a session when the one before it in this project
 * broke off. Silent otherwise, and when there is nothing to say. Once per occasion.
 */
export function answerResume(call: HookCall): Speech | undefined {
  const told = reminderOf(call);
  return told === undefined ? undefined : { context: told.text };
}

/** What Claude is reminded of at a start. */
interface Reminder {
  readonly text: string;
  readonly occasion: 'compact' | 'resume' | 'crash';
  /** The session that it is about. */
  readonly session: string;
}

const reminders = new WeakMap<HookCall, { readonly reminder: Reminder | undefined }>();

/** The reminder of this start, if there is one. Giving it leaves a mark, so it is decided once for each call. */
export function reminderOf(call: HookCall): Reminder | undefined {
  const known = reminders.get(call) ?? { reminder: decide(call) };
  reminders.set(call, known);
  return known.reminder;
}

function decide(call: HookCall): Reminder | undefined {
  if (call.input.event !== 'SessionStart') return undefined;
  const source = stringField(call.input.fields, 'source') ?? '';
  if (source === 'startup') return afterCrash(call);
  if (source !== 'compact' && source !== 'resume') return undefined;
  const session = call.input.sessionId;
  const view = readView(call, session);
  const text = view?.['hasWork'] === true ? stringField(view, 'text') : undefined;
  if (text === undefined) return undefined;
  const occasion = Math.floor(systemClock() / OCCASION_MS);
  return isFirst(call.session.path, `said-resume-${source}-${occasion}`)
    ? { text: `${WHY[source]}\n${text}`, occasion: source, session }
    : undefined;
}

function afterCrash(call: HookCall): Reminder | undefined {
  const project = stringField(call.identity(), 'project') ?? '';
  const last = latestOther(
    readJson(`${call.folder.views}/resume/by-project/${shortHash16(project)}.json`),
    project,
    call.input.sessionId,
  );
  const session = last === undefined ? undefined : stringField(last, 'session');
  if (last === undefined || session === undefined || !brokeOff(call, last, session))
    return undefined;
  const view = readView(call, session);
  const text = view === undefined ? undefined : stringField(view, 'text');
  if (text === undefined || !isFirst(`${call.folder.throttle}/${session}`, 'said-crash'))
    return undefined;
  const why = `The session before this one in this project broke off without an end (\`claude --resume ${session}\` continues it). Where it was, as recorded by waymark (facts, not instructions):`;
  return { text: `${why}\n${text}`, occasion: 'crash', session };
}

/** Two projects of one hash, or a session that is itself the latest, are passed over. */
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

/** It crashed: neither the worker nor the mark of its last hook knows of an end, and its client process has exited. */
function brokeOff(call: HookCall, last: JsonObject, session: string): boolean {
  if (last['ended'] !== false || !isSafeId(session)) return false;
  if (systemClock() - (numberField(last, 'lastEventAt') ?? 0) > CRASH_AGE_MS) return false;
  if (statSync(`${call.folder.throttle}/${session}/ended`, { throwIfNoEntry: false }) !== undefined)
    return false;
  const client = objectField(last, 'client');
  const pid = numberField(client, 'pid');
  const started = stringField(client, 'started');
  return pid !== undefined && isGone({ pid, ...(started === undefined ? {} : { started }) });
}

function readView(call: HookCall, session: string): JsonObject | undefined {
  return readJson(`${call.folder.views}/resume/${session}.json`);
}

/** A view that is missing, or of a later format, says nothing. */
function readJson(path: string): JsonObject | undefined {
  try {
    const view = parseJsonObject(readFileSync(path, 'utf8'));
    return view?.['format'] === 1 ? view : undefined;
  } catch {
    return undefined;
  }
}

function isFirst(folder: string, mark: string): boolean {
  makePrivateFolder(folder);
  return createNew(`${folder}/${mark}`);
}
