import { type SqlBool, sql } from 'kysely';
import { DAY_MS, HOUR_MS, isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { type ClientProcess, hasClientEnded } from '../hook/client-process.ts';
import type { Database } from '../store/database.ts';
import { hasEndedSql } from '../store/sessions-table.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { clientChildAges, hasLongChildSince } from './client-children.ts';
import { readTextColumn } from './row.ts';
import { readSessionFacts, type SessionFacts } from './session-facts.ts';
import { endAtStop, SILENT_TURN_MS, type TurnTimes, turnTimes } from './session-turn.ts';

/** What a session is doing, the most urgent for its user first. */
export const SESSION_STATES = [
  'waiting-for-permission',
  'waiting-for-you',
  'at-limit',
  'working',
  'lost',
  'ended',
] as const;
export type SessionStateName = (typeof SESSION_STATES)[number];

/** The state of one session. Field names are a contract. */
export interface SessionState {
  readonly state: SessionStateName;
  readonly since: string;
  /** When the subscription window is reset, if known; only `at-limit` has one. */
  readonly until: string | null;
  /** What Claude Code showed the user about it, such as which tool needs permission. */
  readonly message: string | null;
}

/** A session that has not ended, with its state. */
export interface LiveSession extends SessionState {
  readonly id: string;
}

export interface StateParts {
  readonly folder: StateFolder;
  readonly now: number;
  /** Whether a process has ended; for tests. */
  readonly hasExited?: (client: ClientProcess) => boolean;
  /** For how many milliseconds each child of the client runs; for tests. */
  readonly childAges?: (client: ClientProcess) => readonly number[];
}

/** Work outside a turn, such as that of an agent, shows at least this often. */
const PAUSE_MS = 10 * 60_000;

/** Without a process to ask, a session counts as lost after this time without an event. */
const SILENT_SESSION_MS = HOUR_MS;

/** The longest that a session stays at its limit where no time of reset is known. */
const MAX_LIMIT_MS = 5 * HOUR_MS;

/** A session that was silent for longer is not listed among the live ones. */
const LOOK_BACK_MS = 7 * DAY_MS;

/** Returns the states of these sessions by id; an unknown id is left out. */
export async function readSessionStates(
  database: Database,
  ids: readonly string[],
  parts: StateParts,
): Promise<ReadonlyMap<string, SessionState>> {
  const facts = await readSessionFacts(database, parts.folder, ids, parts.now);
  return new Map(facts.map((one) => [one.id, formatCallState(one, parts)]));
}

/** Returns the sessions that are neither ended nor lost, the most urgent first. */
export async function readLiveSessions(
  database: Database,
  parts: StateParts,
): Promise<readonly LiveSession[]> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select('id')
    .where('last_event_at', '>=', parts.now - LOOK_BACK_MS)
    // one that ended in the future ended before the clock was set back, and may run again
    .where(sql<SqlBool>`(NOT ${sql.raw(hasEndedSql())} OR ended_at > ${parts.now})`);
  const ids = (await runQuery(database, query)).flatMap((row) => readTextColumn(row, 'id') ?? []);
  const states = await readSessionStates(database, ids, parts);
  return [...states]
    .map(([id, state]) => ({ id, ...state }))
    .filter(({ state }) => state !== 'ended' && state !== 'lost')
    .toSorted(
      (one, other) =>
        SESSION_STATES.indexOf(one.state) - SESSION_STATES.indexOf(other.state) ||
        (one.since < other.since ? 1 : -1),
    );
}

/** The state as fields of a session in JSON; their names are a contract. */
export function stateFields(state: SessionState | undefined): object {
  return {
    state: state?.state ?? null,
    stateSince: state?.since ?? null,
    stateUntil: state?.until ?? null,
    stateMessage: state?.message ?? null,
  };
}

/** Derives the state from times alone, so that the order in which events arrive does not matter. */
export function formatCallState(given: SessionFacts, parts: StateParts): SessionState {
  const { endedAt } = given;
  if (endedAt !== undefined) return stateSince('ended', endedAt);
  if (hasLost(given, parts)) return goneState(given);
  const first = turnTimes(given, parts.now);
  const facts = endAtStop(given, first, parts.now);
  const times = facts === given ? first : turnTimes(facts, parts.now);
  return (
    awaitedState(facts, times, parts) ??
    workingState(facts, times, parts.now) ??
    limitState(facts, times, parts.now) ??
    stateSince('waiting-for-you', Math.max(times.endAt, facts.startedAt))
  );
}

/** The client's process has ended, or is unknown and the session was silent for long. */
function hasLost(
  { client, lastEventAt, workedAt }: SessionFacts,
  { now, hasExited = hasClientEnded }: StateParts,
): boolean {
  if (client !== undefined && hasExited(client)) return true;
  // where the start of a process is not known, another one may have its id by now
  const isSure = client?.started !== undefined;
  const longest = client === undefined ? SILENT_SESSION_MS : DAY_MS;
  return !isSure && now - Math.max(lastEventAt, workedAt) > longest;
}

/**
 * Nothing is lost where nothing was done since it ended: the client of a fork first starts the old
 * session (2.1.197), and a resumed session may be left at once.
 */
function goneState(facts: SessionFacts): SessionState {
  const { isImported, earlierEndAt, lastEventAt, promptAt, workedAt } = facts;
  if (isImported) return stateSince('ended', lastEventAt);
  const isUntouched = earlierEndAt !== undefined && Math.max(promptAt, workedAt) <= earlierEndAt;
  return isUntouched ? stateSince('ended', earlierEndAt) : stateSince('lost', lastEventAt);
}

/** What the client asked for, unless something happened since. */
function awaitedState(
  facts: SessionFacts,
  times: TurnTimes,
  parts: StateParts,
): SessionState | undefined {
  const { notification, workedAt, promptAt, startedAt, compactingAt = 0 } = facts;
  const asked = askedState(times);
  if (asked !== undefined) return asked;
  if (notification === undefined || notification.awaited === 'nothing') return undefined;
  const { at, awaited, message } = notification;
  if (at < Math.max(workedAt, promptAt, times.endAt, startedAt, compactingAt)) return undefined;
  const own = { since: isoTime(at), until: null, message: message === '' ? null : message };
  if (awaited === 'permission')
    return isAnswered(facts, times, at, parts)
      ? undefined
      : { state: 'waiting-for-permission', ...own };
  const isIdle =
    !hasWorkingAgent(facts, times, parts.now) && limitState(facts, times, parts.now) === undefined;
  return isIdle ? { state: 'waiting-for-you', ...own } : undefined;
}

/** Two tools do nothing but ask. The client notifies of them after six seconds, if at all. */
function askedState({ end, beganAt }: TurnTimes): SessionState | undefined {
  if (beganAt === undefined) return undefined;
  const own = { since: isoTime(end.at), until: null };
  if (end.kind === 'plan')
    return { state: 'waiting-for-permission', ...own, message: 'A plan to approve' };
  return end.kind === 'question'
    ? { state: 'waiting-for-you', ...own, message: end.text ?? null }
    : undefined;
}

/** Whether the user has answered: the call has its result, or its process runs. */
function isAnswered(
  { client }: SessionFacts,
  { end }: TurnTimes,
  askedAt: number,
  { now, childAges = clientChildAges }: StateParts,
): boolean {
  if (end.kind === 'answered' && end.at > askedAt) return true;
  return client !== undefined && hasLongChildSince(childAges(client), askedAt, now);
}

function workingState(
  facts: SessionFacts,
  times: TurnTimes,
  now: number,
): SessionState | undefined {
  const { promptAt, workedAt, compactingAt, notification, startedAt } = facts;
  const { endAt, beganAt, end } = times;
  const seenAt = Math.max(promptAt, workedAt, end.kind === 'continued' ? end.at : 0);
  const isRecent = (at: number, longest: number): boolean => now - at < longest;
  if (hasWorkingAgent(facts, times, now)) return stateSince('working', beganAt ?? endAt);
  const compactedAt = Math.max(endAt, end.commandAt);
  if (compactingAt !== undefined && compactingAt > compactedAt && isRecent(compactingAt, PAUSE_MS))
    return stateSince('working', compactingAt);
  // the client noticed that the user typed nothing: the turn is over
  if (notification?.awaited === 'input' && notification.at >= seenAt) return undefined;
  if (beganAt !== undefined)
    return isRecent(seenAt, SILENT_TURN_MS) ? stateSince('working', beganAt) : undefined;
  // a hook of the user's can make a turn go on after its end; prompts may not be recorded
  const quietAt = Math.max(endAt, startedAt);
  return workedAt > quietAt && isRecent(workedAt, PAUSE_MS)
    ? stateSince('working', quietAt)
    : undefined;
}

/** An agent ends with the process that started it, and when the user stops its turn. */
function hasWorkingAgent({ agents }: SessionFacts, times: TurnTimes, now: number): boolean {
  return agents.some(
    ({ startedAt, seenAt }) => startedAt > times.agentsEndAt && now - seenAt < PAUSE_MS,
  );
}

const AT_LIMIT =
  /^rate_limit\b|\b(?:usage|session|weekly|hourly|5-hour) limit\b|\bhit your limit\b/i;

/** A rate limit ended the latest turn, or the account's window is used up since it began. */
function limitState(
  facts: SessionFacts,
  { endAt }: TurnTimes,
  now: number,
): SessionState | undefined {
  const { stop, promptAt, fullWindows } = facts;
  const hasFailed =
    stop?.isFailure === true &&
    stop.at >= promptAt &&
    stop.at >= endAt &&
    AT_LIMIT.test(stop.error);
  const windows = fullWindows.filter(({ seenAt }) => hasFailed || seenAt >= promptAt);
  const until = Math.max(0, ...windows.map(({ resetsAt }) => resetsAt));
  if (windows.length === 0 && !(hasFailed && now - stop.at < MAX_LIMIT_MS)) return undefined;
  return {
    ...stateSince('at-limit', Math.max(endAt, facts.startedAt)),
    until: until === 0 ? null : isoTime(until),
  };
}

function stateSince(state: SessionStateName, at: number): SessionState {
  return { state, since: isoTime(at), until: null, message: null };
}
