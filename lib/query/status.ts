import { formatBytes } from '../core/units.ts';
import { productVersion } from '../core/package-folder.ts';
import { DAY_MS, HOUR_MS, isoTime } from '../core/clock.ts';
import { findFolderFault } from '../core/folder-fault.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { OutboxCounts } from '../delivery/table.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import type { Database } from '../store/database.ts';
import { findEarlierStore } from '../store/earlier-store.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { type RecentCleanUps, readRecentCleanUps, type DiskUse, readDiskUse } from './disk-use.ts';
import { readOutbox } from './figures.ts';
import { FULL_BYTES, freeBytes } from './free-space.ts';
import {
  readActiveSessionHealth,
  type HealthReport,
  readWorkerHealthHistory,
  scoreWorkers,
} from './health/health.ts';
import { type HookErrors, readHookErrors } from './hook-errors.ts';
import { type LedgerCounts, readLedger } from './ledger.ts';
import { type AccountLimit, readLimits } from './limits.ts';
import { readIsoColumn, readNumberColumn } from './row.ts';
import { type LiveSession, readLiveSessions } from './session-states.ts';
import { type ContextState, type ProjectActivity, readActivity, readContexts } from './contexts.ts';
import { countHookMessages, NO_HOOK_MESSAGES, type HookMessageCounts } from './hook-messages.ts';
import { readFromStore, viewStore, type StoreState, type StoreView } from './store-view.ts';
import { readQueueState, type SeenWorker } from './workers.ts';

/** `status --json`. Field names are a contract. */
export interface Status {
  readonly ledger: LedgerCounts;
  readonly queue: {
    readonly pending: number;
    readonly delayed: number;
    readonly processing: number;
    readonly dead: number;
    /** Age of the oldest pending entry; absent when none waits. */
    readonly oldestAgeSeconds?: number;
  };
  readonly outbox: OutboxCounts;
  readonly workers: readonly SeenWorker[];
  /** Scores of workers and active sessions, with what lowers them. */
  readonly health: HealthReport;
  readonly sessions: {
    readonly active: number;
    readonly total: number;
    readonly lastCheckpointAt: string | null;
    /** Those that are neither ended nor lost, the most urgent first, at most fifty. */
    readonly live: readonly LiveSession[];
  };
  /** How full the contexts of active sessions are, latest first, at most ten. */
  readonly contexts: readonly ContextState[];
  /** File changes of the last hour in folders of active sessions, latest first, at most ten. */
  readonly activity: readonly ProjectActivity[];
  /** Subscription windows that the client reported, without those that were reset since. */
  readonly limits: readonly AccountLimit[];
  /** Number of messages to Claude, by what followed. */
  readonly told: Readonly<Record<'failure' | 'context' | 'resume', HookMessageCounts>>;
  /** `budget`: the most that the whole may take (`diskBudget`). `free`: what the disk still has. */
  readonly disk: DiskUse & {
    readonly budget?: number;
    readonly free: number;
    /** Absent when nothing was deleted. */
    readonly cleaned?: RecentCleanUps;
  };
  /** Of the last 24 hours. */
  readonly hookErrors: HookErrors;
  readonly store: {
    /** `full`: it can be read, and nothing can be written. */
    readonly state: StoreState | 'full';
    readonly message: string | null;
    /** What to do; absent unless the version of the store is what is wrong, or its disk is full. */
    readonly remedy?: string;
    /** A store from before schema 1 that was set aside; absent when there is none. */
    readonly earlier?: string;
  };
  readonly home: string;
  /** Why no worker can use the state folder, and what to do; absent when one can. */
  readonly homeFault?: { readonly problem: string; readonly remedy: string };
  readonly version: string;
  readonly at: string;
}

export interface StatusParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** The user's setting. */
  readonly windows?: ModelWindows;
  /** The user's setting. */
  readonly diskBudget?: number;
}

/**
 * A session without an event for this long no longer counts as active: a killed client never says
 * that it ends.
 */
const ACTIVE_MS = HOUR_MS;

/**
 * Looks at everything, changes nothing. Never throws for a store that is missing, locked or
 * corrupt.
 */
export async function readStatus({
  folder,
  clock,
  sleep,
  windows = [],
  diskBudget,
}: StatusParts): Promise<Status> {
  const now = clock();
  const queueState = readQueueState(folder, now);
  const { depth, workers } = queueState;
  const { oldestAt, ...queue } = depth;
  const hasWorker = workers.some(({ state }) => state !== 'dead');
  const view = await viewStore(folder);
  const earlier = findEarlierStore(folder.store);
  const fault = findFolderFault(folder.root);
  const free = freeBytes(folder);
  try {
    const cleaned = await readFromStore<RecentCleanUps | undefined>(view, undefined, (database) =>
      readRecentCleanUps(database, now),
    );
    return {
      ledger: await readLedger({ folder, view, clock, sleep }),
      queue:
        oldestAt === undefined
          ? queue
          : { ...queue, oldestAgeSeconds: Math.max(0, Math.round((now - oldestAt) / 1000)) },
      outbox: await readOutbox(view),
      workers,
      health: {
        workers: scoreWorkers(queueState, now, productVersion()),
        ...(await readFromStore<SampledHealth>(view, NOT_SAMPLED, async (database) => ({
          sessions: await readActiveSessionHealth(database, now, windows),
          lastHour: await readWorkerHealthHistory(database, now - HOUR_MS),
        }))),
      },
      sessions: await readFromStore(view, NO_SESSIONS, async (database) => ({
        ...(await countSessions(database, now)),
        live: (await readLiveSessions(database, { folder, now })).slice(0, MAX_LIVE),
      })),
      contexts: await readFromStore<Status['contexts']>(view, [], (database) =>
        readContexts(database, now, windows),
      ),
      activity: await readFromStore<Status['activity']>(view, [], (database) =>
        readActivity(database, now, hasWorker),
      ),
      limits: await readFromStore<Status['limits']>(view, [], (database) =>
        readLimits(database, now),
      ),
      told: await readFromStore(view, NEVER_TOLD, async (database) => ({
        failure: await countHookMessages(database, 'failure'),
        context: await countHookMessages(database, 'context'),
        resume: await countHookMessages(database, 'resume'),
      })),
      disk: {
        ...readDiskUse(folder),
        free,
        ...(diskBudget === undefined ? {} : { budget: diskBudget }),
        ...(cleaned === undefined ? {} : { cleaned }),
      },
      hookErrors: readHookErrors(folder, now - DAY_MS),
      store: {
        ...storeStatus(view, free),
        ...(earlier === undefined ? {} : { earlier }),
      },
      home: folder.root,
      ...(fault === undefined
        ? {}
        : { homeFault: { problem: fault.problem, remedy: fault.remedy } }),
      version: productVersion(),
      at: isoTime(now),
    };
  } finally {
    view.database?.close();
  }
}

/** A store that can be read is not well while nothing can be written to it. */
export function storeStatus(view: StoreView, free: number): Omit<Status['store'], 'earlier'> {
  if (view.state === 'ok' && free < FULL_BYTES)
    return {
      state: 'full',
      message: `its disk has ${formatBytes(free)} left`,
      remedy: 'Free some space: the store cannot be written.',
    };
  return {
    state: view.state,
    message: view.message ?? null,
    ...(view.state === 'ok' || view.state === 'missing' || view.remedy === undefined
      ? {}
      : { remedy: view.remedy }),
  };
}

type SampledHealth = Omit<HealthReport, 'workers'>;

const NOT_SAMPLED: SampledHealth = { sessions: [], lastHour: [] };

const NEVER_TOLD = {
  failure: NO_HOOK_MESSAGES,
  context: NO_HOOK_MESSAGES,
  resume: NO_HOOK_MESSAGES,
};

export const NO_SESSIONS: Status['sessions'] = {
  active: 0,
  total: 0,
  lastCheckpointAt: null,
  live: [],
};

const MAX_LIVE = 50;

/** Sessions in the store, those with an event in the last hour, and the latest checkpoint. */
export async function countSessions(
  database: Database,
  now: number,
): Promise<Omit<Status['sessions'], 'live'>> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select((eb) => [
      eb.fn.countAll<number>().as('total'),
      eb.fn
        .count<number>('id')
        .filterWhere('last_event_at', '>=', now - ACTIVE_MS)
        .filterWhere((where) =>
          where.or([
            where('ended_at', 'is', null),
            where('ended_at', '<', where.fn.coalesce('last_started_at', where.lit(0))),
          ]),
        )
        .as('active'),
      eb
        .selectFrom('checkpoints as c')
        .select((sub) => sub.fn.max('c.at').as('at'))
        .as('last_checkpoint_at'),
    ]);
  const [row = {}] = await runQuery(database, query);
  return {
    active: readNumberColumn(row, 'active') ?? 0,
    total: readNumberColumn(row, 'total') ?? 0,
    lastCheckpointAt: readIsoColumn(row, 'last_checkpoint_at'),
  };
}
