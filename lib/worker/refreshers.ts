import type { EventDraft, EventEnvelope } from '../events/envelope.ts';
import { parseOwnPrices } from '../claude/prices.ts';
import { parseBudgets } from '../config/budgets.ts';
import type { Log } from '../core/log.ts';
import { commandAnywhere } from '../core/own-command.ts';
import { packageFolder } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { parseModelWindows } from '../claude/model-windows.ts';
import { parseThresholds } from '../features/context/thresholds.ts';
import {
  CONTEXT_VIEW,
  createContextCheckRefresher,
  createContextRefresher,
} from '../features/context/view.ts';
import { createLessonLookup } from '../features/failure/lesson-lookup.ts';
import { learnFailedCall, learnLessons } from '../features/failure/lessons.ts';
import { createNetworkRefresher } from '../features/failure/network-event.ts';
import { refreshFailureView, refreshPattern } from '../features/failure/view.ts';
import { createProcessRefresher } from '../features/process/process-refresher.ts';
import { IN_THE_BACKGROUND, readGitState } from '../git/git-state.ts';
import {
  LATEST_SESSIONS,
  createLatestSessionsRefresher,
  createResumeRefresher,
} from '../features/resume/view.ts';
import { createRestoredRefresher } from '../features/restored/view.ts';
import { createRoutingRefresher } from '../features/routing/learn.ts';
import { createHookMessageRefresher } from '../features/hook-messages/follow-up.ts';
import { createSecurityRefresher } from '../features/security/security-refresher.ts';
import { budgetRefresher } from './budget-view.ts';
import { teamFolders } from './knowledge-runner.ts';
import type { LiveConfig } from './live-config.ts';
import { writeNeedles } from './needle-file.ts';
import type { Pace, Refresher } from './refresh-views.ts';

export interface RefresherParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly config: LiveConfig;
  readonly log: Log;
  /** Enqueues an event of the worker's own. */
  readonly emit: (draft: EventDraft) => void;
  /**
   * Stores events of the worker's own at once, without the queue, in one transaction.
   * @throws {@link StoreFault} if the store is unavailable.
   */
  readonly store: (drafts: readonly EventDraft[]) => void;
  /** As `store`, for events with ids of their own; a known id changes nothing. */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
  /** Requests a snapshot of a session's work tree. */
  readonly requestSnapshot: Refresher;
  /** Requests an auto-commit of a session's turn. */
  readonly requestAutoCommit: Refresher;
}

/**
 * Shortest time between two runs for one key, in milliseconds. Resume views are read when the next
 * session starts, hooks know a failure at once without lessons, and context figures matter only at
 * a threshold: for these, a few seconds do not matter. `failure`, which Claude gets soon, waits
 * only if the same command failed within the last second, and `security`, after which a risky command
 * has its snapshot, only if the session did something within the last second. `needles` has no pace.
 */
export const PACES: Readonly<Record<string, Pace>> = {
  resume: { ms: 10_000, crowdedMs: 30_000 },
  [LATEST_SESSIONS]: { ms: 10_000 },
  lessons: { ms: 5_000, crowdedMs: 15_000 },
  routing: { ms: 5_000 },
  told: { ms: 5_000 },
  context: { ms: 1_000 },
  [CONTEXT_VIEW]: { ms: 10_000 },
  failure: { ms: 1_000 },
  security: { ms: 1_000, crowdedMs: 5_000 },
  budget: { ms: 2_000, crowdedMs: 10_000 },
};

/**
 * Everything that is derived from the store, by kind of request. Add a new feature's refreshers
 * here.
 */
export function refreshers({
  folder,
  clock,
  config,
  store,
  storeAs,
  requestSnapshot,
  requestAutoCommit,
}: RefresherParts): Readonly<Record<string, Refresher>> {
  const command = () =>
    commandAnywhere({ packageFolder: packageFolder(), environment: process.env, bin: folder.bin });
  const readGit = (worktree: string) => readGitState(worktree, process.env, IN_THE_BACKGROUND);
  const contextSettings = () => ({
    thresholds: parseThresholds(config.values.contextThresholds),
    windows: parseModelWindows(config.values.modelWindows),
  });
  const budgets = () => parseBudgets(config.values.budgets);
  const prices = () => parseOwnPrices(config.values.modelPrices);
  const contextParts = { folder, clock, settings: contextSettings, store };
  return {
    failure: (database, key) =>
      refreshFailureView(database, key, {
        ...{ views: folder.views, now: clock() },
        teamFolders: teamFolders(config.values.fleetShare),
      }),
    lessons: learnLessons,
    'failed-call': learnFailedCall,
    pattern: refreshPattern,
    needles: (database) => writeNeedles(database, { folder, clock, budgets }),
    budget: budgetRefresher({ folder, clock, budgets, prices, storeAs }),
    context: createContextCheckRefresher(contextParts),
    [CONTEXT_VIEW]: createContextRefresher(contextParts),
    routing: createRoutingRefresher({ clock, store }),
    security: createSecurityRefresher({ clock, storeAs }),
    snapshot: requestSnapshot,
    'auto-commit': requestAutoCommit,
    told: createHookMessageRefresher(clock),
    process: createProcessRefresher({ storeAs }),
    [LATEST_SESSIONS]: createLatestSessionsRefresher({ folder }),
    restored: createRestoredRefresher({ folder, clock }),
    network: createNetworkRefresher({ storeAs }),
    resume: createResumeRefresher({
      folder,
      clock,
      lessonOf: createLessonLookup,
      readGit,
      command,
    }),
  };
}
