import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { CallInspector } from '../../claude/transcript/call-inspector.ts';
import {
  claudeTranscripts,
  type TranscriptFile,
} from '../../claude/transcript/claude-transcripts.ts';
import { readAppended, type ReadLimits, type FileChunk } from '../../core/read-appended.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { isKnownSession, SESSIONS } from '../../store/sessions-table.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import { type FactPlace, createFactWrites } from './fact-writes.ts';
import { createReading, loadReading, type Reading, createReadingWrites } from './reading.ts';
import { selectOwnFacts } from './select-own-facts.ts';
import { findReadableSession, readToolOfCall } from './table.ts';

/**
 * Finds and reads the transcripts of one client. Another agent's format needs another reader, and
 * no other code.
 */
export interface TranscriptReader {
  /** The session's own file first, then those of its agents. Never throws. */
  readonly files: (mainPath: string, sessionId: string) => readonly TranscriptFile[];
  /** Returns the facts in one line of a file, in order. Unknown lines have none. Never throws. */
  readonly facts: (line: string, look?: CallInspector) => readonly TranscriptFact[];
}

/** Kinds of refreshes to request for a session when its transcript has something new. */
export const TRANSCRIPT_REFRESHES: readonly string[] = [
  'lessons',
  'resume',
  'context',
  'routing',
  'security',
  'told',
  'budget',
];

/** Readers by client, as named in `sessions.client`. */
export type TranscriptReaders = ReadonlyMap<string, TranscriptReader>;

export const TRANSCRIPT_READERS: TranscriptReaders = new Map([['claude-code', claudeTranscripts]]);

/**
 * `reading`: there is more; `partial`: read, but a line was too long to keep; `unreadable`: not a
 * plain file, or not ours to read.
 */
export type TranscriptState = 'unread' | 'missing' | 'unreadable' | 'reading' | 'partial' | 'read';

export interface ReadOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Transactions per call; each stores one chunk of one file. */
  readonly maxChunks?: number;
  readonly limits?: ReadLimits;
  /** Kinds of refreshes to request if something new was read; see `requestRefresh`. */
  readonly refreshes?: readonly string[];
  /** Inspects complete inputs and results, of which only heads are stored. */
  readonly look?: CallInspector;
  /** Readers for the transcripts of each client. Default: all known readers. */
  readonly readers?: TranscriptReaders;
}

export interface SessionRead {
  /** Calls and results that were read. */
  readonly operations: number;
  /** Bytes of the files that were read. */
  readonly bytes: number;
  /** Whether there is more to read: call again. */
  readonly more: boolean;
}

interface Task {
  readonly database: Database;
  readonly sessionId: string;
  readonly floor: number;
  readonly options: ReadOptions;
  readonly reader: TranscriptReader;
  /**
   * Whether this file is the whole transcript. Then its state is stored with its last chunk,
   * without a separate transaction.
   */
  readonly isWhole: boolean;
}

const MAX_CHUNKS = 4;

/**
 * Continues reading the transcripts of a session and of its agents, and stores calls, results and
 * context sizes. Each chunk and the position after it are one transaction, so that nothing is lost
 * or counted twice if the process dies. Facts older than the session's first hook event are left
 * out, because a fork copied them. If an earlier event arrives later, the file is read again.
 * @throws {@link StoreFault} when the store cannot serve; call again later.
 */
export function readSessionTranscripts(
  database: Database,
  sessionId: string,
  options: ReadOptions,
): SessionRead {
  const session = findReadableSession(database, sessionId);
  const reader = (options.readers ?? TRANSCRIPT_READERS).get(session?.client ?? '');
  if (session === undefined || reader === undefined)
    return { operations: 0, bytes: 0, more: false };
  const files = reader.files(session.transcriptPath, sessionId);
  const isWhole = files.length === 1;
  const task: Task = { database, sessionId, floor: session.firstEventAt, options, reader, isWhole };
  const { state, isKept, ...read } = readFiles(task, files);
  if (!isKept) keepState(database, sessionId, state, options.now);
  return read;
}

/** Files to read instead of those in the session's row. */
export interface GivenFiles {
  readonly sessionId: string;
  /** Facts older than this belong to another session. Milliseconds since the epoch. */
  readonly floor: number;
  readonly files: readonly TranscriptFile[];
}

/**
 * Continues reading these files of a session, as {@link readSessionTranscripts} does. The caller
 * stores the state.
 * @throws {@link StoreFault} when the store cannot serve; call again later.
 */
export function readGivenFiles(
  database: Database,
  { sessionId, floor, files }: GivenFiles,
  options: ReadOptions,
): SessionRead & { readonly state: TranscriptState } {
  const task = { database, sessionId, floor, options, reader: claudeTranscripts, isWhole: false };
  const { isKept: _, ...read } = readFiles(task, files);
  return read;
}

function readFiles(
  task: Task,
  files: readonly TranscriptFile[],
): SessionRead & Pick<FileRead, 'state' | 'isKept'> {
  let [operations, bytes] = [0, 0];
  let isKept = false;
  let budget = task.options.maxChunks ?? MAX_CHUNKS;
  let state: TranscriptState = 'missing';
  for (const file of files) {
    const read = readFile(task, file, budget);
    operations += read.operations;
    bytes += read.bytes;
    budget -= read.chunks;
    isKept = read.isKept;
    state = file.agentId === null ? read.state : worseOf(state, read.state);
    if (read.state === 'reading') break;
  }
  return { operations, bytes, more: state === 'reading', state, isKept };
}

/** Writes no state for a session that was forgotten meanwhile. */
function keepState(database: Database, id: string, state: TranscriptState, now: number): void {
  inTransaction(database, () => {
    if (isKnownSession(database, id)) applyWrites(database, [stateWrite(id, state, now)]);
  });
}

function stateWrite(id: string, state: TranscriptState, now: number): Write {
  return { into: SESSIONS, row: { id, transcript_state: state, transcript_read_at: now } };
}

/** If an agent's file is missing or unreadable, the session's transcript is partial. */
function worseOf(session: TranscriptState, agent: TranscriptState): TranscriptState {
  if (session === 'reading' || agent === 'reading') return 'reading';
  return session === 'read' && agent !== 'read' ? 'partial' : session;
}

interface FileRead {
  readonly operations: number;
  readonly bytes: number;
  /** Number of transactions; none for a file without new content. */
  readonly chunks: number;
  readonly state: TranscriptState;
  /** Whether the state is stored. */
  readonly isKept: boolean;
}

function readFile(task: Task, file: TranscriptFile, budget: number): FileRead {
  let [operations, bytes] = [0, 0];
  for (let chunks = 0; ; ) {
    const before = readingOf(task, file);
    const chunk = readAppended(file.path, before.cursor, task.options.limits);
    const done = { operations, bytes, chunks, isKept: false };
    if (chunk.state !== 'read') return { ...done, state: chunk.state };
    const from = chunk.restarted ? 0 : (before.cursor?.offset ?? 0);
    if (from === chunk.cursor.offset && before.cursor !== undefined && !chunk.restarted)
      return { ...done, state: readState(before.skipped) };
    if (chunks >= budget) return { ...done, state: 'reading' };
    const { read, skipped } = applyChunk(
      task,
      file,
      chunk.restarted ? createReading(task.floor) : before,
      chunk,
    );
    operations += read;
    bytes += chunk.cursor.offset - from;
    chunks += 1;
    const state = readState(skipped);
    if (!chunk.more) return { operations, bytes, chunks, state, isKept: task.isWhole };
  }
}

function readState(skipped: number): TranscriptState {
  return skipped > 0 ? 'partial' : 'read';
}

function readingOf({ database, sessionId, floor }: Task, file: TranscriptFile): Reading {
  const stored = loadReading(database, file.path, sessionId);
  if (stored === undefined) return createReading(floor);
  if (floor >= stored.floor) return stored;
  return stored.leftOut > 0 ? createReading(floor) : { ...stored, floor };
}

type ReadChunk = Extract<FileChunk, { state: 'read' }>;

function applyChunk(
  task: Task,
  file: TranscriptFile,
  before: Reading,
  chunk: ReadChunk,
): { readonly read: number; readonly skipped: number } {
  const { database, sessionId, options, reader } = task;
  const { own, ...known } = selectOwnFacts(
    chunk.lines.flatMap((line) => reader.facts(line, options.look)),
    before,
  );
  const skipped = before.skipped + chunk.skipped;
  const place = { sessionId, since: before.floor, agentId: file.agentId };
  const reading = { cursor: chunk.cursor, floor: before.floor, skipped, ...known };
  inTransaction(database, () => {
    if (!isKnownSession(database, sessionId)) return; // forgotten meanwhile
    const toolOf = toolsIn(database, own);
    applyWrites(database, [
      ...own.flatMap((fact) => createFactWrites(fact, { ...place, toolOf })),
      ...createReadingWrites(file.path, sessionId, reading, options.now),
      ...(task.isWhole && !chunk.more
        ? [stateWrite(sessionId, readState(skipped), options.now)]
        : []),
    ]);
    if (own.length > 0)
      for (const kind of options.refreshes ?? []) requestRefresh(database, kind, [sessionId]);
  });
  return { read: own.filter(({ kind }) => kind === 'call' || kind === 'result').length, skipped };
}

/** Returns a lookup for the tools of these calls and of calls in the store. */
function toolsIn(database: Database, facts: readonly TranscriptFact[]): FactPlace['toolOf'] {
  const tools = new Map(
    facts.flatMap((fact) => (fact.kind === 'call' ? [[fact.toolUseId, fact.tool] as const] : [])),
  );
  return (toolUseId) => tools.get(toolUseId) ?? readToolOfCall(database, toolUseId);
}
