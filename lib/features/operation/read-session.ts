import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { CallLook } from '../../claude/transcript/call-look.ts';
import {
  claudeTranscripts,
  type TranscriptFile,
} from '../../claude/transcript/claude-transcripts.ts';
import { readOn, type ReadLimits, type FileChunk } from '../../core/read-on.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { isKnownSession, SESSIONS } from '../../store/sessions-table.ts';
import { applyWrites } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import { type FactPlace, factWrites } from './fact-writes.ts';
import { freshReading, loadReading, type Reading, readingWrites } from './reading.ts';
import { sift } from './sift.ts';
import { readableSession, toolOfCall } from './table.ts';

/** How the transcripts of one client are found and read. Another agent's format is another reader, and no other code knows of it. */
export interface TranscriptReader {
  /** The session's own file first, then those of its agents. Never throws. */
  readonly files: (mainPath: string, sessionId: string) => readonly TranscriptFile[];
  /** What one line of a file says, in the order in which it stands there. Unknown lines say nothing. Never throws. */
  readonly facts: (line: string, look?: CallLook) => readonly TranscriptFact[];
}

/** What has to be made again for a session when its transcript brought something new. */
export const TRANSCRIPT_NEWS: readonly string[] = [
  'lessons',
  'resume',
  'context',
  'routing',
  'security',
  'told',
];

/** By client, as `sessions.client` names it. */
export type TranscriptReaders = ReadonlyMap<string, TranscriptReader>;

export const TRANSCRIPT_READERS: TranscriptReaders = new Map([['claude-code', claudeTranscripts]]);

/** `reading`: there is more; `partial`: read, but a line was too long to keep; `unreadable`: not a plain file, or not ours to read. */
export type TranscriptState = 'unread' | 'missing' | 'unreadable' | 'reading' | 'partial' | 'read';

export interface ReadOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Transactions per call; each holds one chunk of one file. */
  readonly maxChunks?: number;
  readonly limits?: ReadLimits;
  /** What has to be made again for a session of which something new was read; see `requestRefresh`. */
  readonly refreshes?: readonly string[];
  /** Looks at whole inputs and results, of which only heads are stored. */
  readonly look?: CallLook;
  /** How the transcripts of each client are read; what waymark knows when left out. */
  readonly readers?: TranscriptReaders;
}

export interface SessionRead {
  /** Calls and results that were read. */
  readonly operations: number;
  /** Bytes of the files that were read. */
  readonly bytes: number;
  /** The budget ended before the transcripts did: call again. */
  readonly more: boolean;
}

interface Task {
  readonly database: Database;
  readonly sessionId: string;
  readonly floor: number;
  readonly options: ReadOptions;
  readonly reader: TranscriptReader;
}

const MAX_CHUNKS = 4;

/**
 * Reads the transcripts of a session and of its agents on from where the last call stopped, and stores calls, results and context sizes.
 * Each chunk and the place after it are one transaction, so that nothing is lost or counted twice when the process dies.
 * Facts older than the session's first hook event are left out: a fork copied them. When an earlier event turns up, the file is read again.
 * @throws {@link StoreFault} when the store cannot serve; call again later.
 */
export function readSessionTranscripts(
  database: Database,
  sessionId: string,
  options: ReadOptions,
): SessionRead {
  const session = readableSession(database, sessionId);
  const reader = (options.readers ?? TRANSCRIPT_READERS).get(session?.client ?? '');
  if (session === undefined || reader === undefined)
    return { operations: 0, bytes: 0, more: false };
  const task: Task = { database, sessionId, floor: session.firstEventAt, options, reader };
  const { state, ...read } = readFiles(task, reader.files(session.transcriptPath, sessionId));
  keepState(database, sessionId, state, options.now);
  return read;
}

/** Files that are told, in place of those that the session's row names. */
export interface GivenFiles {
  readonly sessionId: string;
  /** Facts older than this belong to another session. Milliseconds since the epoch. */
  readonly floor: number;
  readonly files: readonly TranscriptFile[];
}

/**
 * Reads these files of a session on, as {@link readSessionTranscripts} does, and leaves it to the caller to keep the state.
 * @throws {@link StoreFault} when the store cannot serve; call again later.
 */
export function readGivenFiles(
  database: Database,
  { sessionId, floor, files }: GivenFiles,
  options: ReadOptions,
): SessionRead & { readonly state: TranscriptState } {
  return readFiles({ database, sessionId, floor, options, reader: claudeTranscripts }, files);
}

function readFiles(
  task: Task,
  files: readonly TranscriptFile[],
): SessionRead & { readonly state: TranscriptState } {
  let [operations, bytes] = [0, 0];
  let budget = task.options.maxChunks ?? MAX_CHUNKS;
  let state: TranscriptState = 'missing';
  for (const file of files) {
    const read = readFile(task, file, budget);
    operations += read.operations;
    bytes += read.bytes;
    budget -= read.chunks;
    state = file.agentId === null ? read.state : worseOf(state, read.state);
    if (read.state === 'reading') break;
  }
  return { operations, bytes, more: state === 'reading', state };
}

/** A session that was forgotten meanwhile stays so. */
function keepState(database: Database, id: string, state: TranscriptState, now: number): void {
  const row = { id, transcript_state: state, transcript_read_at: now };
  inTransaction(database, () => {
    if (isKnownSession(database, id)) applyWrites(database, [{ into: SESSIONS, row }]);
  });
}

/** An agent's file that has gone or cannot be read leaves the session's transcript partial. */
function worseOf(session: TranscriptState, agent: TranscriptState): TranscriptState {
  if (session === 'reading' || agent === 'reading') return 'reading';
  return session === 'read' && agent !== 'read' ? 'partial' : session;
}

interface FileRead {
  readonly operations: number;
  readonly bytes: number;
  /** Transactions it took; a file without news takes none. */
  readonly chunks: number;
  readonly state: TranscriptState;
}

function readFile(task: Task, file: TranscriptFile, budget: number): FileRead {
  let [operations, bytes] = [0, 0];
  for (let chunks = 0; ; ) {
    const before = readingOf(task, file);
    const chunk = readOn(file.path, before.cursor, task.options.limits);
    if (chunk.state !== 'read') return { operations, bytes, chunks, state: chunk.state };
    const from = chunk.restarted ? 0 : (before.cursor?.offset ?? 0);
    if (from === chunk.cursor.offset && before.cursor !== undefined && !chunk.restarted)
      return { operations, bytes, chunks, state: before.skipped > 0 ? 'partial' : 'read' };
    if (chunks >= budget) return { operations, bytes, chunks, state: 'reading' };
    const { read, skipped } = applyChunk(
      task,
      file,
      chunk.restarted ? freshReading(task.floor) : before,
      chunk,
    );
    operations += read;
    bytes += chunk.cursor.offset - from;
    chunks += 1;
    if (!chunk.more) return { operations, bytes, chunks, state: skipped > 0 ? 'partial' : 'read' };
  }
}

function readingOf({ database, sessionId, floor }: Task, file: TranscriptFile): Reading {
  const stored = loadReading(database, file.path, sessionId);
  if (stored === undefined) return freshReading(floor);
  if (floor >= stored.floor) return stored;
  return stored.leftOut > 0 ? freshReading(floor) : { ...stored, floor };
}

type ReadChunk = Extract<FileChunk, { state: 'read' }>;

function applyChunk(
  task: Task,
  file: TranscriptFile,
  before: Reading,
  chunk: ReadChunk,
): { readonly read: number; readonly skipped: number } {
  const { database, sessionId, options, reader } = task;
  const { own, ...known } = sift(
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
      ...own.flatMap((fact) => factWrites(fact, { ...place, toolOf })),
      ...readingWrites(file.path, sessionId, reading, options.now),
    ]);
    if (own.length > 0)
      for (const kind of options.refreshes ?? []) requestRefresh(database, kind, [sessionId]);
  });
  return { read: own.filter(({ kind }) => kind === 'call' || kind === 'result').length, skipped };
}

/** Knows the tools of these facts' calls and of those in the store. */
function toolsIn(database: Database, facts: readonly TranscriptFact[]): FactPlace['toolOf'] {
  const tools = new Map(
    facts.flatMap((fact) => (fact.kind === 'call' ? [[fact.toolUseId, fact.tool] as const] : [])),
  );
  return (toolUseId) => tools.get(toolUseId) ?? toolOfCall(database, toolUseId);
}
