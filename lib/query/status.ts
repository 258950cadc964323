import { formatBytes } from '../core/units.ts';
import { productVersion } from '../core/package-folder.ts';
import { DAY_MS, HOUR_MS, isoTime } from '../core/clock.ts';
import { folderFault } from '../core/folder-fault.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { countOutbox, EMPTY_OUTBOX, type OutboxCounts } from '../delivery/table.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import type { Database } from '../store/database.ts';
import { earlierStore } from '../store/earlier-store.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { queryBuilder, rowsOf } from './builder.ts';
import { type CleanedLately, cleanedLately, type DiskUse, diskUse } from './disk-use.ts';
import { FULL_BYTES, freeBytes } from './free-space.ts';
import { type HookErrors, readHookErrors } from './hook-errors.ts';
import { type LedgerCounts, readLedger } from './ledger.ts';
import { isoOf, numberOf } from './row.ts';
import { type ContextState, type ProjectActivity, readActivity, readContexts } from './contexts.ts';
import { countTold, NOTHING_TOLD, type ToldCounts } from './told.ts';
import { openView, type StoreState, type StoreView } from './store-view.ts';
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
  readonly sessions: {
    readonly active: number;
    readonly total: number;
    readonly lastCheckpointAt: string | null;
  };
  /** How full the contexts of active sessions are, latest first, at most ten. */
  readonly contexts: readonly ContextState[];
  /** File changes of the last hour in folders of active sessions, latest first, at most ten. */
  readonly activity: readonly ProjectActivity[];
  /** How often Claude was told something, and what followed. */
  readonly told: Readonly<Record<'failure' | 'context' | 'resume', ToldCounts>>;
  /** `budget`: the most that the whole may take (`diskBudget`). `free`: what the disk still has. */
  readonly disk: DiskUse & {
    readonly budget?: number;
    readonly free: number;
    /** Absent when nothing was deleted. */
    readonly cleaned?: CleanedLately;
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

/** A session without an event for this long no longer counts as active: a killed client never says that it ends. */
const ACTIVE_MS = HOUR_MS;

/** Looks at everything, changes nothing. Never throws for a store that is missing, locked or corrupt. */
export async function readStatus({
  folder,
  clock,
  sleep,
  windows = [],
  diskBudget,
}: StatusParts): Promise<Status> {
  const now = clock();
  const { depth, workers } = readQueueState(folder, now);
  const { oldestAt, ...queue } = depth;
  const hasWorker = workers.some(({ state }) => state !== 'dead');
  const view = openView(folder);
  const earlier = earlierStore(folder.store);
  const fault = folderFault(folder.root);
  const free = freeBytes(folder);
  try {
    const cleaned = await fromStore<CleanedLately | undefined>(view, undefined, (database) =>
      cleanedLately(database, now),
    );
    return {
      ledger: await readLedger({ folder, view, clock, sleep }),
      queue:
        oldestAt === undefined
          ? queue
          : { ...queue, oldestAgeSeconds: Math.max(0, Math.round((now - oldestAt) / 1000)) },
      outbox: await fromStore(view, EMPTY_OUTBOX, async (database) => countOutbox(database)),
      workers,
      sessions: await fromStore(view, NO_SESSIONS, (database) => countSessions(database, now)),
      contexts: await fromStore<Status['contexts']>(view, [], (database) =>
        readContexts(database, now, windows),
      ),
      activity: await fromStore<Status['activity']>(view, [], (database) =>
        readActivity(database, now, hasWorker),
      ),
      told: await fromStore(view, NEVER_TOLD, async (database) => ({
        failure: await countTold(database, 'failure'),
        context: await countTold(database, 'context'),
        resume: await countTold(database, 'resume'),
      })),
      disk: {
        ...diskUse(folder),
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
      remedy: 'Make room: the store cannot be written.',
    };
  return {
    state: view.state,
    message: view.message ?? null,
    ...(view.state === 'ok' || view.state === 'missing' || view.remedy === undefined
      ? {}
      : { remedy: view.remedy }),
  };
}

const NEVER_TOLD = { failure: NOTHING_TOLD, context: NOTHING_TOLD, resume: NOTHING_TOLD };

const NO_SESSIONS: Status['sessions'] = { active: 0, total: 0, lastCheckpointAt: null };

async function countSessions(database: Database, now: number): Promise<Status['sessions']> {
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
  const [row = {}] = await rowsOf(database, query);
  return {
    active: numberOf(row, 'active') ?? 0,
    total: numberOf(row, 'total') ?? 0,
    lastCheckpointAt: isoOf(row, 'last_checkpoint_at'),
  };
}

async function fromStore<T>(
  { database }: StoreView,
  none: T,
  read: (database: Database) => Promise<T>,
): Promise<T> {
  if (database === undefined) return none;
  try {
    return await read(database);
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return none; // it broke between two reads
  }
}
