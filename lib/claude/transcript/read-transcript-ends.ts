import { type JsonObject, objectField, parseJsonObject, stringField } from '../../core/json.ts';
import { type FileCursor, readAppended } from '../../core/read-appended.ts';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isRequestRecord } from './texts.ts';
import { folderField, idField, readLineTime } from './line-fields.ts';

/**
 * What the beginning and the end of a transcript say about it. Times are milliseconds since the
 * epoch.
 */
export interface TranscriptEnds {
  /** The time of the first line of a conversation; in a fork, of the first line that it copied. */
  readonly beginAt: number;
  /** The time of the first line that has one. A fork may begin with a line of its own. */
  readonly firstAt: number;
  /** The time of the last line that has one. */
  readonly endAt: number;
  /** The folder of the first line that names one. */
  readonly cwd: string | undefined;
  /** The session that the first line of a conversation names. */
  readonly sessionId: string | undefined;
  /** The ids of the first answers. */
  readonly firstAnswers: readonly string[];
}

const HEAD = { chunkBytes: 64 << 10, lineBytes: 8 << 20 };
/** Most chunks to search for the beginning: 32 MB, or as many lines too long to read. */
const MAX_CHUNKS = 512;
const TAIL_BYTES = 256 << 10;
const WANTED_ANSWERS = 4;

/**
 * Looks at both ends of a file; `undefined` when there is no line of a conversation, however much
 * else there is. Never throws.
 */
export function readTranscriptEnds(path: string): TranscriptEnds | undefined {
  try {
    const head = readHead(path);
    return head === undefined
      ? undefined
      : { ...head, endAt: Math.max(head.lastAt, lastTimeOf(path) ?? 0) };
  } catch {
    return undefined; // the disk refuses, or the file has gone
  }
}

interface Head extends Omit<TranscriptEnds, 'endAt'> {
  readonly lastAt: number;
}

function readHead(path: string): Head | undefined {
  const seen: Mutable<Partial<Head>> = {};
  const answers = new Set<string>();
  let cursor: FileCursor | undefined;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks += 1) {
    const chunk = readAppended(path, cursor, { ...HEAD, isClosed: true });
    if (chunk.state !== 'read') break;
    for (const line of chunk.lines) noteLine(line, seen, answers);
    const isEnough = seen.cwd !== undefined && answers.size >= WANTED_ANSWERS;
    if (!chunk.more || isEnough || (seen.beginAt !== undefined && chunks >= 32)) break;
    cursor = chunk.cursor;
  }
  const { beginAt, firstAt = beginAt, lastAt = beginAt, cwd, sessionId } = seen;
  if (beginAt === undefined || firstAt === undefined || lastAt === undefined) return undefined;
  return { beginAt, firstAt, lastAt, cwd, sessionId, firstAnswers: [...answers] };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function noteLine(text: string, seen: Mutable<Partial<Head>>, answers: Set<string>): void {
  if (isRequestRecord(text) || !text.includes('"timestamp"')) return;
  const line = parseJsonObject(text);
  const at = readLineTime(line);
  if (line === undefined || at === undefined) return;
  seen.firstAt ??= at;
  seen.lastAt = at;
  seen.cwd ??= folderField(line, 'cwd');
  if (line['type'] !== 'user' && line['type'] !== 'assistant') return;
  seen.beginAt = Math.min(seen.beginAt ?? at, at);
  seen.sessionId ??= stringField(line, 'sessionId');
  const answer = readAnswerId(line);
  if (answer !== undefined && answers.size < WANTED_ANSWERS) answers.add(answer);
}

/** The id of the answer that a line is of. */
export function readAnswerId(line: JsonObject): string | undefined {
  return line['type'] === 'assistant' ? idField(objectField(line, 'message'), 'id') : undefined;
}

function lastTimeOf(path: string): number | undefined {
  const times = tailOf(path, TAIL_BYTES)
    .split('\n')
    .flatMap((text) => {
      if (isRequestRecord(text) || !text.includes('"timestamp"')) return [];
      return readLineTime(parseJsonObject(text)) ?? [];
    });
  return times.length === 0 ? undefined : Math.max(...times);
}

/** The last bytes of a file as text. @throws the errno of what failed. */
export function tailOf(path: string, bytes: number): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, size - buffer.length));
  } finally {
    closeSync(fd);
  }
}
