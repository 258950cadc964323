import { operationCount, sessionFolder } from '../hook/throttle.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { readSessionTranscripts, TRANSCRIPT_NEWS } from '../features/operation/read-session.ts';
import { sessionsToRead } from '../features/operation/table.ts';
import { lookAtCalls } from '../features/security/look-at-calls.ts';
import type { Database } from '../store/database.ts';
import type { LiveConfig } from './live-config.ts';
import { transcriptTurns } from './transcript-turns.ts';
import { allTurns, type MayGoOn, type Turn } from './turn.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { ActivityWatch } from './watch/activity-watch.ts';
import { ContextWatch, type ContextWatchParts } from './watch/context-watch.ts';
import { areContextNeedlesWritten } from './needle-file.ts';

export interface ReadingParts {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly database: () => Database | undefined;
  /** Number of entries processed so far. */
  readonly processed: () => number;
  readonly once: boolean;
  /** Asked before each session. */
  readonly goOn: MayGoOn;
}

/** What a worker reads beside the queue: transcripts, and how full contexts are. */
export interface Reading {
  readonly turn: Turn;
  /** How often transcripts that may grow are to be looked at, in milliseconds; `undefined` while none may. */
  readonly lookMs: () => number | undefined;
  /** Those transcripts. */
  readonly paths: () => readonly string[];
  /** Ends what watches files. */
  readonly close: () => void;
}

const NOTHING_READ = { operations: 0, bytes: 0, more: false };

export function openReading({ goOn, ...parts }: ReadingParts): Reading {
  const { folder, config, clock } = parts;
  const readSession = async (database: Database, session: string) =>
    (await goOn())
      ? readSessionTranscripts(database, session, {
          now: clock(),
          maxChunks: 1,
          refreshes: TRANSCRIPT_NEWS,
          look: lookAtCalls,
        })
      : NOTHING_READ;
  const operationsOf = (session: string): number =>
    operationCount(sessionFolder(folder.throttle, session));
  const readTranscripts = transcriptTurns({
    ...parts,
    sessionsToRead: (database) => sessionsToRead(database, operationsOf, clock()),
    readSession,
    longestMs: () => config.values.contextInterval * 1000,
  });
  const contexts = watchContexts({ ...parts, readSession });
  return {
    turn: allTurns([
      readTranscripts,
      async () => {
        const wanted = await contexts.turn();
        return wanted !== undefined && wanted > 0 && contexts.isWatching ? undefined : wanted;
      },
    ]),
    lookMs: () => (contexts.isWatching ? config.values.contextInterval * 1000 : undefined),
    paths: () => contexts.transcripts(),
    close: () => contexts.close(),
  };
}

interface WatchContextsParts
  extends Pick<ContextWatchParts, 'clock' | 'database' | 'readSession' | 'processed' | 'once'> {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly log: Log;
}

/** The context watch of a worker, put together. */
function watchContexts({ folder, config, log, ...parts }: WatchContextsParts): ContextWatch {
  const activity = new ActivityWatch({
    clock: parts.clock,
    apart: folder.root,
    log,
    settings: () => ({
      ignored: config.values.ignoredPaths,
      debounceMs: config.values.debounce * 1000,
      threshold: config.values.activityThreshold,
      windowMs: config.values.activityWindow * 1000,
    }),
    onDue: () => void ringAll(folder.wake),
  });
  return new ContextWatch({
    ...parts,
    intervalMs: () => config.values.contextInterval * 1000,
    watchedPaths: () => config.values.watchedPaths,
    activity,
    areNeedlesWritten: (database) =>
      areContextNeedlesWritten(database, { folder, clock: parts.clock }),
  });
}
