import type { Database } from '../store/database.ts';

export interface TranscriptTurnParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** Sessions whose transcripts should be read on, most urgent first. */
  readonly sessionsToRead: (database: Database) => readonly string[];
  /** Reads one session on. @returns how much was new, and whether there is more. */
  readonly readSession: (
    database: Database,
    sessionId: string,
  ) => Promise<{ readonly operations: number; readonly more: boolean }>;
  /** Number of entries processed so far: a change means news. */
  readonly processed: () => number;
  /** Longest time between two readings of a session that still lacks lines, in milliseconds. */
  readonly longestMs: () => number;
  /** Reads once and is content. */
  readonly once: boolean;
}

const SHORTEST_MS = 500;

/** Sessions that go on working are read in rounds: from 500 ms the time between two doubles up to this. Each round costs the same few things, however much is new. */
const LONGEST_ROUND_MS = 4_000;

/** From this delay on, the next turn may as well come with the next read timeout: no wake-up of its own. */
const SETTLED_MS = 4_000;

/**
 * Reads transcripts on in small turns between batches. A line comes a moment after its hook, so a session is read again with growing
 * delay until it lacks nothing.
 * @returns a function that does one turn and says after how many milliseconds it wants the next: 0 = at once, `undefined` = when the worker wakes anyway.
 */
export function transcriptTurns(parts: TranscriptTurnParts): () => Promise<number | undefined> {
  let delay = SHORTEST_MS;
  let round = SHORTEST_MS;
  let nextAt = 0;
  let seen = -1;
  return async () => {
    const now = parts.clock();
    const processed = parts.processed();
    if (processed !== seen) delay = SHORTEST_MS;
    nextAt = Math.min(nextAt, now + parts.longestMs()); // a clock that stepped back must not postpone it for ever
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
      if (more) break; // entries that came meanwhile go first
    }
    seen = processed;
    if (more) return 0;
    if (sessions.length === 0 || parts.once) return undefined;
    delay = fresh > 0 ? round : Math.min(parts.longestMs(), delay * 2);
    round = fresh > 0 ? Math.min(LONGEST_ROUND_MS, round * 2) : SHORTEST_MS;
    nextAt = now + delay;
    return delay > SETTLED_MS ? undefined : delay;
  };
}
