import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { namesIn } from '../../core/files.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { isoTime } from '../../core/clock.ts';
import { numberField } from '../../core/json.ts';
import {
  type FileChunk,
  type FileCursor,
  readAppended,
  type ReadLimits,
} from '../../core/read-appended.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { cursorWrite, loadCursor } from '../../store/cursors.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites } from '../../store/sink.ts';
import { type LogKind, readLogLine } from './log-line.ts';

/** A log that is read while it grows. */
export interface WatchedLog {
  readonly path: string;
  readonly kind: LogKind;
}

export interface LogTurn {
  /** Number of delivered events. */
  readonly events: number;
  /** Number of lines that were too long to read. */
  readonly skipped: number;
  /** Whether there is more to read immediately. */
  readonly more: boolean;
}

export interface LogParts {
  readonly now: number;
  /** Makes an event durable. It may get the same event more than once, always with the same id. */
  readonly deliver: (event: EventEnvelope) => void;
  readonly limits?: ReadLimits;
}

/**
 * Small limits, because each line becomes a queue entry: a log of gigabytes must not block other
 * work.
 */
const LIMITS: ReadLimits = { chunkBytes: 1 << 16, lineBytes: 1 << 16 };

/** Number of rotated copies that are searched for the one that was read last. */
const MAX_COPIES = 20;

type ReadChunk = Extract<FileChunk, { state: 'read' }>;

/**
 * Reads the next lines of a log, delivers each as an event, then saves the position. After a crash
 * in between, the same events are created again; their ids contain the line's position, so the
 * store keeps each once. Lines written before a rotation (by renaming, or by copying and
 * truncating) are first read to the end, from the copy beside the log.
 * @throws what `deliver` throws; the position is then unchanged.
 */
export function readLog(
  database: Database,
  { path, kind }: WatchedLog,
  { now, deliver, limits = LIMITS }: LogParts,
): LogTurn {
  const place = placeIn(database, path);
  const next = nextChunk(path, place, limits);
  if (next === undefined) return { events: 0, skipped: 0, more: false };
  const { chunk, generation, from } = next;
  const name = `log_${shortHash16(path)}_${generation}_${from}`;
  let events = 0;
  for (const [index, line] of chunk.lines.entries()) {
    const event = eventOf(line, kind, { id: `${name}_${index}`, path, now });
    if (event === undefined) continue;
    deliver(event);
    events += 1;
  }
  const isSame =
    place?.generation === generation &&
    place.cursor.inode === chunk.cursor.inode &&
    place.cursor.offset === chunk.cursor.offset;
  if (!isSame) {
    const skipped = (place?.skipped ?? 0) + chunk.skipped;
    const stored = { cursor: chunk.cursor, skipped, state: { generation } };
    applyWrites(database, [cursorWrite({ reader: 'log', path }, stored, now)]);
  }
  return { events, skipped: chunk.skipped, more: chunk.more || next.isCopy };
}

/** Reading position in a log. */
interface LogPlace {
  readonly cursor: FileCursor;
  /** How often the log was replaced or truncated: then offsets start from zero again. */
  readonly generation: number;
  readonly skipped: number;
}

function placeIn(database: Database, path: string): LogPlace | undefined {
  const stored = loadCursor(database, { reader: 'log', path });
  if (stored === undefined) return undefined;
  const { cursor, skipped, state } = stored;
  return { cursor, skipped, generation: numberField(state, 'generation') ?? 0 };
}

interface Next {
  readonly chunk: ReadChunk;
  readonly generation: number;
  /** Offset of the chunk. */
  readonly from: number;
  /** Whether it comes from a rotated copy: then the log itself waits. */
  readonly isCopy: boolean;
}

function nextChunk(
  path: string,
  place: LogPlace | undefined,
  limits: ReadLimits,
): Next | undefined {
  const chunk = readAppended(path, place?.cursor, limits);
  if (place === undefined)
    return chunk.state === 'read' ? { chunk, generation: 0, from: 0, isCopy: false } : undefined;
  const { generation, cursor } = place;
  if (chunk.state === 'read' && !chunk.restarted)
    return { chunk, generation, from: cursor.offset, isCopy: false };
  const rest = restOf(path, place, limits);
  if (rest !== undefined) return { chunk: rest, generation, from: cursor.offset, isCopy: true };
  return chunk.state === 'read'
    ? { chunk, generation: generation + 1, from: 0, isCopy: false }
    : undefined;
}

/**
 * Returns the next lines of the previous log, if a copy of it is beside the log and was not read to
 * its end.
 */
function restOf(path: string, { cursor }: LogPlace, limits: ReadLimits): ReadChunk | undefined {
  for (const copy of copiesOf(path)) {
    // nothing was read that could identify another file
    if (cursor.offset === 0 && copy.inode !== cursor.inode) continue;
    const chunk = readAppended(
      copy.path,
      { ...cursor, inode: copy.inode },
      { ...limits, isClosed: true },
    );
    if (chunk.state === 'read' && !chunk.restarted)
      return chunk.cursor.offset > cursor.offset ? chunk : undefined;
  }
  return undefined;
}

function copiesOf(path: string): ReadonlyArray<{ readonly path: string; readonly inode: string }> {
  const folder = dirname(path);
  const start = basename(path);
  return namesIn(folder)
    .filter(
      (name) => name.startsWith(start) && name !== start && !/\.(?:gz|bz2|xz|zst)$/.test(name),
    )
    .flatMap((name) => {
      const found = statSync(`${folder}/${name}`, { bigint: true, throwIfNoEntry: false });
      return found?.isFile()
        ? [
            {
              path: `${folder}/${name}`,
              inode: String(found.ino),
              changedAt: Number(found.mtimeMs),
            },
          ]
        : [];
    })
    .sort((a, b) => b.changedAt - a.changedAt)
    .slice(0, MAX_COPIES);
}

function eventOf(
  line: string,
  kind: LogKind,
  { id, path, now }: { readonly id: string; readonly path: string; readonly now: number },
): EventEnvelope | undefined {
  const logged = readLogLine(line, kind, path);
  if (logged === undefined) return undefined;
  const source = `log/${basename(path)}`.slice(0, 200);
  return {
    event_id: id,
    event_type: logged.type,
    timestamp: isoTime(Math.min(logged.at ?? now, now)),
    source,
    payload: logged.payload,
  };
}
