import type { EventDraft, EventEnvelope } from '../events/envelope.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { parseModelWindows } from '../claude/model-windows.ts';
import { parseThresholds } from '../features/context/thresholds.ts';
import { CONTEXT_VIEW, contextLook, contextRefresher } from '../features/context/view.ts';
import { lessonsIn } from '../features/failure/known-lesson.ts';
import { learnFailedCall, learnLessons } from '../features/failure/lessons.ts';
import { networkRefresher } from '../features/failure/network-event.ts';
import { refreshFailureView, refreshPattern } from '../features/failure/view.ts';
import { tellProcess } from '../features/process/tell-process.ts';
import { readGitState } from '../git/git-state.ts';
import { LATEST_SESSIONS, latestRefresher, resumeRefresher } from '../features/resume/view.ts';
import { routingRefresher } from '../features/routing/learn.ts';
import { toldRefresher } from '../features/told/follow.ts';
import { judgeCalls } from '../features/security/judge-calls.ts';
import type { LiveConfig } from './live-config.ts';
import { writeNeedles } from './needle-file.ts';
import type { Refresher } from './refresh-views.ts';

export interface RefresherParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly config: LiveConfig;
  readonly log: Log;
  /** Enqueues an event of the worker's own. */
  readonly emit: (draft: EventDraft) => void;
  /** Stores events of the worker's own at once, past the queue, in one transaction. @throws {@link StoreFault} when the store is out. */
  readonly store: (drafts: readonly EventDraft[]) => void;
  /** As `store`, for events that have an id of their own: one that is known already changes nothing. */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/**
 * Shortest time between two runs for one key, in milliseconds. Where a session was is read when the next one starts, and what a hook saw fail is known at once
 * without lessons: for these some seconds do not matter, and neither do they for the figures of a context that crosses no threshold. What is to be said to
 * Claude soon (`failure`) waits only when the same command has failed within the second; `needles` has no pace.
 */
export const PACES: Readonly<Record<string, number>> = {
  resume: 10_000,
  [LATEST_SESSIONS]: 10_000,
  lessons: 5_000,
  routing: 5_000,
  told: 5_000,
  context: 1_000,
  [CONTEXT_VIEW]: 10_000,
  failure: 1_000,
};

/** Everything that is derived from the store, by the kind of its requests. A new feature adds its own here. */
export function refreshers({
  folder,
  clock,
  config,
  store,
  storeAs,
}: RefresherParts): Readonly<Record<string, Refresher>> {
  const readGit = (worktree: string) => readGitState(worktree, process.env);
  const contextSettings = () => ({
    thresholds: parseThresholds(config.values.contextThresholds),
    windows: parseModelWindows(config.values.modelWindows),
  });
  const contextParts = { folder, clock, settings: contextSettings, store };
  return {
    failure: (database, key) =>
      refreshFailureView(database, key, { views: folder.views, now: clock() }),
    lessons: learnLessons,
    'failed-call': learnFailedCall,
    pattern: refreshPattern,
    needles: (database) => writeNeedles(database, { folder, clock }),
    context: contextLook(contextParts),
    [CONTEXT_VIEW]: contextRefresher(contextParts),
    routing: routingRefresher({ clock, store }),
    security: judgeCalls({ clock, storeAs }),
    told: toldRefresher(clock),
    process: tellProcess({ storeAs }),
    [LATEST_SESSIONS]: latestRefresher({ folder }),
    network: networkRefresher({ storeAs }),
    resume: resumeRefresher({ folder, clock, lessonOf: lessonsIn, readGit }),
  };
}
