import type { FileCursor } from '../../core/read-appended.ts';
import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import { cursorWrite, loadCursor } from '../../store/cursors.ts';
import type { Database } from '../../store/database.ts';
import type { Write } from '../../store/sink.ts';
import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';

export type CallStart = Extract<TranscriptFact, { kind: 'call' }>;

/** Reading position in a transcript file, and the assumption under which it was read. */
export interface Reading {
  readonly cursor: FileCursor | undefined;
  /** Facts older than this were treated as another session's. Milliseconds since the epoch. */
  readonly floor: number;
  /** Number of facts left out because they are older. */
  readonly leftOut: number;
  /** Number of lines that were too long to read. */
  readonly skipped: number;
  /** Whether a fact of this session was found: all later facts belong to it too. */
  readonly hasBegun: boolean;
  /** Position in time of the last fact, see {@link PlacedFact}. */
  readonly placedAt: number;
  /** The last named model. */
  readonly model: string | undefined;
  /** Calls older than the floor that have no result yet. */
  readonly pending: ReadonlyMap<string, CallStart>;
}

const UNREAD = { hasBegun: false, placedAt: 0, model: undefined, pending: new Map() };

/** Creates the position for a file that was never read, or must be read again from its start. */
export function createReading(floor: number): Reading {
  return { cursor: undefined, floor, leftOut: 0, skipped: 0, ...UNREAD };
}

/** Loads the reading position of a file; `undefined` if it was never read for this session. */
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

/**
 * Creates the writes that store the position. Use them in the transaction that stores the facts up
 * to there.
 */
export function createReadingWrites(
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
