import type { TranscriptFile } from '../../claude/transcript/claude-transcripts.ts';
import type { FileCursor } from '../../core/read-on.ts';
import { isJsonObject, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { CallFact } from './fact-writes.ts';

export type CallStart = Extract<CallFact, { kind: 'call' }>;

/** How far a transcript file was read, and under which assumption. */
export interface Reading {
  readonly cursor: FileCursor | undefined;
  /** Facts older than this were taken for another session's. Milliseconds since the epoch. */
  readonly floor: number;
  /** How many facts were left out for being older. */
  readonly leftOut: number;
  /** Lines that were too long to read. */
  readonly skipped: number;
  /** Calls older than the floor that had no result yet. */
  readonly pending: ReadonlyMap<string, CallStart>;
}

const LOAD = 'SELECT * FROM transcripts WHERE path = ? AND session_id = ?';
const SAVE = `INSERT OR REPLACE INTO transcripts
  (path, session_id, agent_id, inode, offset, tail_hash, read_floor, left_out, pending, skipped, read_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** A file that was never read, or must be read again from its start. */
export function freshReading(floor: number): Reading {
  return { cursor: undefined, floor, leftOut: 0, skipped: 0, pending: new Map() };
}

/** Where the reading of a file stands, or `undefined` when it was never read for this session. */
export function loadReading(
  database: Database,
  path: string,
  sessionId: string,
): Reading | undefined {
  const row = database.prepare(LOAD).get(path, sessionId);
  if (row === undefined) return undefined;
  return {
    cursor: {
      inode: String(row['inode']),
      offset: Number(row['offset']),
      tailHash: String(row['tail_hash']),
    },
    floor: Number(row['read_floor']),
    leftOut: Number(row['left_out']),
    skipped: Number(row['skipped']),
    pending: parsePending(row['pending']),
  };
}

/** Stores it; belongs into the transaction that stores the facts up to there. */
export function saveReading(
  database: Database,
  file: TranscriptFile,
  sessionId: string,
  reading: Reading,
  now: number,
): void {
  if (reading.cursor === undefined) return;
  const { inode, offset, tailHash } = reading.cursor;
  const pending = reading.pending.size === 0 ? null : JSON.stringify([...reading.pending.values()]);
  database
    .prepare(SAVE)
    .run(
      file.path,
      sessionId,
      file.agentId,
      inode,
      offset,
      tailHash,
      reading.floor,
      reading.leftOut,
      pending,
      reading.skipped,
      now,
    );
}

function parsePending(text: unknown): ReadonlyMap<string, CallStart> {
  const list: unknown = typeof text === 'string' ? JSON.parse(text) : [];
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
