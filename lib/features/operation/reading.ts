import type { FileCursor } from '../../core/read-on.ts';
import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import { cursorWrite, loadCursor } from '../../store/cursors.ts';
import type { Database } from '../../store/database.ts';
import type { Write } from '../../store/sink.ts';
import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';

export type CallStart = Extract<TranscriptFact, { kind: 'call' }>;

/** How far a transcript file was read, and under which assumption. */
export interface Reading {
  readonly cursor: FileCursor | undefined;
  /** Facts older than this were taken for another session's. Milliseconds since the epoch. */
  readonly floor: number;
  /** How many facts were left out for being older. */
  readonly leftOut: number;
  /** Lines that were too long to read. */
  readonly skipped: number;
  /** Whether a fact of the session's own was found: all that stand behind it are its own, too. */
  readonly hasBegun: boolean;
  /** Where the last fact has its place in time, see {@link Placed}. */
  readonly placedAt: number;
  /** The model that was named last. */
  readonly model: string | undefined;
  /** Calls older than the floor that had no result yet. */
  readonly pending: ReadonlyMap<string, CallStart>;
}

const UNREAD = { hasBegun: false, placedAt: 0, model: undefined, pending: new Map() };

/** A file that was never read, or must be read again from its start. */
export function freshReading(floor: number): Reading {
  return { cursor: undefined, floor, leftOut: 0, skipped: 0, ...UNREAD };
}

/** How far a file was read, or `undefined` if it was never read for this session. */
export function loadReading(
  database: Database,
  path: string,
  session: string,
): Reading | undefined {
  const stored = loadCursor(database, { reader: 'transcript', path, session });
  if (stored === undefined) return undefined;
  const { cursor, skipped, state } = stored;
  return {
    cursor,
    skipped,
    floor: numberField(state, 'floor') ?? 0,
    leftOut: numberField(state, 'leftOut') ?? 0,
    hasBegun: state['hasBegun'] === true,
    placedAt: numberField(state, 'placedAt') ?? 0,
    model: stringField(state, 'model'),
    pending: pendingIn(state),
  };
}

/** The write that stores it; belongs into the transaction that stores the facts up to there. */
export function readingWrites(
  path: string,
  session: string,
  { cursor, skipped, pending, ...known }: Reading,
  now: number,
): readonly Write[] {
  if (cursor === undefined) return [];
  const { floor, leftOut, hasBegun, placedAt, model = null } = known;
  const state = { floor, leftOut, hasBegun, placedAt, model, pending: [...pending.values()] };
  return [cursorWrite({ reader: 'transcript', path, session }, { cursor, skipped, state }, now)];
}

function pendingIn(state: JsonObject): ReadonlyMap<string, CallStart> {
  const list = state['pending'];
  const calls = Array.isArray(list) ? list.flatMap((entry: unknown) => callOf(entry) ?? []) : [];
  return new Map(calls.map((call) => [call.toolUseId, call]));
}

function callOf(entry: unknown): CallStart | undefined {
  if (!isJsonObject(entry) || typeof entry['at'] !== 'number') return undefined;
  const toolUseId = stringField(entry, 'toolUseId');
  const tool = stringField(entry, 'tool');
  if (toolUseId === undefined || tool === undefined) return undefined;
  const agentId = stringField(entry, 'agentId');
  const note = isJsonObject(entry['note']) ? { note: entry['note'] } : {};
  return {
    kind: 'call',
    toolUseId,
    tool,
    target: stringField(entry, 'target') ?? '',
    ...note,
    at: entry['at'],
    ...(agentId === undefined ? {} : { agentId }),
  };
}
