import type { Database } from '../store/database.ts';

export interface TranscriptStepsParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** Returns the sessions whose transcripts should be read, most urgent first. */
  readonly sessionsToRead: (database: Database) => readonly string[];
  /**
   * Reads new lines of one session.
   * @returns how much was new, and whether there is more.
   */
  readonly readSession: (
    database: Database,
    sessionId: string,
  ) => Promise<{ readonly operations: number; readonly more: boolean }>;
  /** Returns the number of processed entries: a change means news. */
  readonly processed: () => number;
  /** Longest time between two reads of a session that still lacks lines, in milliseconds. */
  readonly longestMs: () => number;
  /** Reads once and waits for nothing. */
  readonly once: boolean;
}

const MIN_ROUND_MS = 500;

/**
 * Sessions that stay active are read in rounds: the interval doubles from 500 ms up to this. Each
 * round has a fixed cost, however much is new.
 */
const MAX_ROUND_MS = 4_000;

/**
 * From this delay on, the next read can wait for the next read timeout: it needs no wake-up of its
 * own.
 */
const SETTLED_MS = 4_000;

/**
 * Reads transcripts in small steps between batches. A line arrives a moment after its hook, so a
 * session is read again with growing delays until it lacks nothing.
 * @returns a function that does one step and returns after how many milliseconds it wants the next:
 * 0 = at once, `undefined` = when the worker wakes anyway.
 */
export function transcriptSteps(parts: TranscriptStepsParts): () => Promise<number | undefined> {
  let delay = MIN_ROUND_MS;
  let round = MIN_ROUND_MS;
  let nextAt = 0;
  let seen = -1;
  return async () => {
    const now = parts.clock();
    const processed = parts.processed();
    if (processed !== seen) delay = MIN_ROUND_MS;
    // A clock that stepped back must not delay it for ever.
    nextAt = Math.min(nextAt, now + parts.longestMs());
    if (now < nextAt && !parts.once)
      return delay > SETTLED_MS && processed === seen ? undefined : nextAt - now;
    const database = parts.database();
    if (database === undefined) return undefined;
    const sessions = parts.sessionsToRead(database);
    let fresh = 0;
    let more = false;
    for (const session of sessions) {
      const read = await parts.readSession(database, session);
      fresh += read.operations;
      more ||= read.more;
      if (more) break; // New entries go first.
    }
    seen = processed;
    if (more) return 0;
    if (sessions.length === 0 || parts.once) return undefined;
    delay = fresh > 0 ? round : Math.min(parts.longestMs(), delay * 2);
    round = fresh > 0 ? Math.min(MAX_ROUND_MS, round * 2) : MIN_ROUND_MS;
    nextAt = now + delay;
    return delay > SETTLED_MS ? undefined : delay;
  };
}
