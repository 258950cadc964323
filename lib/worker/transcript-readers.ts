import { parseBudgets } from '../config/budgets.ts';
import { operationCount, sessionFolder } from '../hook/throttle.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import {
  readSessionTranscripts,
  TRANSCRIPT_REFRESHES,
} from '../features/operation/read-session.ts';
import { listSessionsToRead } from '../features/operation/table.ts';
import { callInspector } from '../features/security/call-inspector.ts';
import type { Database } from '../store/database.ts';
import type { LiveConfig } from './live-config.ts';
import { transcriptSteps } from './transcript-steps.ts';
import { allSteps, type CanContinue, type Step } from './step.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { ActivityWatch } from './watch/activity-watch.ts';
import { ContextWatch, type ContextWatchParts } from './watch/context-watch.ts';
import { areSessionNeedlesWritten } from './needle-file.ts';

export interface TranscriptReadersParts {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly database: () => Database | undefined;
  /** Returns the number of processed entries. */
  readonly processed: () => number;
  readonly once: boolean;
  /** Called before each session. */
  readonly canContinue: CanContinue;
}

/** What a worker reads beside the queue: transcripts, and how full contexts are. */
export interface TranscriptReaders {
  readonly step: Step;
  /** How often to check transcripts that may grow, in milliseconds; `undefined` if none may. */
  readonly pollMs: () => number | undefined;
  /** Paths of those transcripts. */
  readonly paths: () => readonly string[];
  /** Stops all file watchers. */
  readonly close: () => void;
}

const NOTHING_READ = { operations: 0, bytes: 0, more: false };

export function openTranscriptReaders({
  canContinue,
  ...parts
}: TranscriptReadersParts): TranscriptReaders {
  const { folder, config, clock } = parts;
  const readSession = async (database: Database, session: string) =>
    (await canContinue())
      ? readSessionTranscripts(database, session, {
          now: clock(),
          maxChunks: 1,
          refreshes: TRANSCRIPT_REFRESHES,
          look: callInspector,
        })
      : NOTHING_READ;
  const operationsOf = (session: string): number =>
    operationCount(sessionFolder(folder.throttle, session));
  const readTranscripts = transcriptSteps({
    ...parts,
    sessionsToRead: (database) => listSessionsToRead(database, operationsOf, clock()),
    readSession,
    longestMs: () => config.values.contextInterval * 1000,
  });
  const contexts = watchContexts({ ...parts, readSession });
  return {
    step: allSteps([
      readTranscripts,
      async () => {
        const wanted = await contexts.step();
        return wanted !== undefined && wanted > 0 && contexts.isWatching ? undefined : wanted;
      },
    ]),
    pollMs: () => (contexts.isWatching ? config.values.contextInterval * 1000 : undefined),
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

/** Makes the context watch of a worker. */
function watchContexts({ folder, config, log, ...parts }: WatchContextsParts): ContextWatch {
  const activity = new ActivityWatch({
    clock: parts.clock,
    excluded: folder.root,
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
      areSessionNeedlesWritten(database, {
        ...{ folder, clock: parts.clock },
        budgets: () => parseBudgets(config.values.budgets),
      }),
  });
}
