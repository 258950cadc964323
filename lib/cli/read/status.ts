import { packageVersion } from '../../core/package-folder.ts';
import { isoTime } from '../../core/clock.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { queueDepth } from '../../queue/depth.ts';
import { queueFolder } from '../../queue/queue-folder.ts';
import { storeFaultOf } from '../../store/store-fault.ts';
import { type DiskUse, diskUse } from './disk-use.ts';
import { type HookErrors, readHookErrors } from './hook-errors.ts';
import { type LedgerCounts, readLedger } from './ledger.ts';
import { isoOf, numberOf } from './row.ts';
import { openView, type StoreState, type StoreView } from './store-view.ts';
import { seeWorkers, type SeenWorker } from './workers.ts';

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
  readonly workers: readonly SeenWorker[];
  readonly sessions: { readonly active: number; readonly total: number; readonly lastCheckpointAt: string | null };
  readonly disk: DiskUse;
  /** Of the last 24 hours. */
  readonly hookErrors: HookErrors;
  readonly store: { readonly state: StoreState; readonly message: string | null };
  readonly home: string;
  readonly version: string;
  readonly at: string;
}

export interface StatusParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A session counts as active while it has not ended and something happened in it within this time: a killed client never says that it ends. */
const ACTIVE_MS = 60 * 60 * 1000;

/** Looks at everything, changes nothing. Never throws for a store that is missing, locked or corrupt. */
export async function readStatus({ folder, clock, sleep }: StatusParts): Promise<Status> {
  const now = clock();
  const depth = queueDepth(queueFolder(folder.queue));
  const { oldestAt, ...queue } = depth;
  const view = openView(folder);
  try {
    return {
      ledger: await readLedger({ folder, view, clock, sleep }),
      queue: oldestAt === undefined ? queue : { ...queue, oldestAgeSeconds: Math.max(0, Math.round((now - oldestAt) / 1000)) },
      workers: seeWorkers(folder, depth, now),
      sessions: countSessions(view, now),
      disk: diskUse(folder),
      hookErrors: readHookErrors(folder, now - DAY_MS),
      store: { state: view.state, message: view.message ?? null },
      home: folder.root,
      version: packageVersion(),
      at: isoTime(now),
    };
  } finally {
    view.database?.close();
  }
}

const COUNT = `
  SELECT count(*) AS total,
    count(CASE WHEN (ended_at IS NULL OR ended_at < coalesce(last_started_at, 0)) AND last_event_at >= ? THEN 1 END) AS active,
    (SELECT max(at) FROM checkpoints) AS last_checkpoint_at
  FROM sessions`;

function countSessions(view: StoreView, now: number): Status['sessions'] {
  const none = { active: 0, total: 0, lastCheckpointAt: null };
  if (view.database === undefined) return none;
  try {
    const row = view.database.prepare(COUNT).get(now - ACTIVE_MS) ?? {};
    return { active: numberOf(row, 'active') ?? 0, total: numberOf(row, 'total') ?? 0, lastCheckpointAt: isoOf(row, 'last_checkpoint_at') };
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return none; // it broke between two looks
  }
}
