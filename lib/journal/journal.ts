import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import type { EventSink } from './event-sink.ts';
import { type FileParts, writeLines } from './write-lines.ts';
import { cursorOf, eventsAfter } from './table.ts';

export interface JournalParts extends FileParts {
  /** Returns the store while this worker leads. */
  readonly database: () => Database | undefined;
  readonly sinks: readonly EventSink[];
  readonly clock: () => number;
  readonly log: Log;
  /** Returns milliseconds that never go back. Default: the machine's. */
  readonly elapsed?: () => number;
}

/** Events per transaction of the cursor: 512 events of 64 kB still fit into memory. */
const CHUNK = 512;

/** Longest step. New entries are processed in between. */
const STEP_MS = 20;

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/**
 * Writes stored events to the files of each sink, after their commit, in the order in which they
 * were stored. No line is lost or written twice, whenever the process crashes: the lengths of the
 * files are committed together with the position, and what follows is cut off. Stops and reports a
 * file that cannot be written; continues when the disk works again.
 * @returns a step; it asks for the next one at once while there is more.
 */
export function journal(parts: JournalParts): () => Promise<number | undefined> {
  const elapsed = parts.elapsed ?? (() => performance.now());
  let pause = 0;
  let pausedAt = 0;
  return async () => {
    const database = parts.database();
    if (database === undefined || Math.abs(parts.clock() - pausedAt) < pause) return undefined;
    const begun = elapsed();
    try {
      while (writeChunk(database, parts)) if (elapsed() - begun >= STEP_MS) return 0;
      pause = 0;
      return undefined;
    } catch (error) {
      if (storeFaultOf(error) !== undefined) throw error;
      pause = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pause * 2));
      pausedAt = parts.clock();
      parts.log(
        'error',
        'EVENT_FILE_FAILED',
        `Cannot write events to their files: ${reasonOf(error)}`,
      );
      return undefined;
    }
  };
}

/**
 * Writes the next events to the sinks that are furthest behind.
 * @returns whether there may be more.
 */
function writeChunk(database: Database, parts: JournalParts): boolean {
  const places = parts.sinks
    .filter((sink) => sink.isOn())
    .map((sink) => ({ sink, seq: cursorOf(database, sink.name) }));
  const from = Math.min(...places.map(({ seq }) => seq));
  if (places.length === 0) return false;
  const events = eventsAfter(database, from, CHUNK);
  const ahead = places.filter(({ seq }) => seq > from).map(({ seq }) => seq);
  // Sinks that are behind catch up with the others first.
  const upTo = Math.min(Number.POSITIVE_INFINITY, ...ahead);
  const due = events.filter(({ seq }) => seq <= upTo);
  if (due.length === 0) return false;
  const lagging = places.filter(({ seq }) => seq === from).map(({ sink }) => sink);
  writeLines(database, lagging, due, parts);
  return due.length < events.length || events.length === CHUNK;
}
