import { readFileSync } from 'node:fs';
import { DAY_MS } from '../core/clock.ts';
import { type FolderFault, findFolderFault } from '../core/folder-fault.ts';
import { productVersion } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { QueueDepth } from '../queue/depth.ts';
import type { Database, Row } from '../store/database.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { installedSettings, isForPlugin } from './doctor/installed-settings.ts';
import { listAutoCommits, type TurnOutcome } from './auto-commits.ts';
import { freeBytes } from './free-space.ts';
import { type WorkerHealth, scoreWorkers } from './health/health.ts';
import { type HookErrors, readHookErrors } from './hook-errors.ts';
import { type LedgerCounts, readRecentLedger } from './ledger.ts';
import { type AccountLimit, readLimits } from './limits.ts';
import { runText } from './builder.ts';
import { readNumberColumn } from './row.ts';
import { type LiveSession, readLiveSessions } from './session-states.ts';
import { viewStore, type StoreView } from './store-view.ts';
import { readQueueState, type SeenWorker } from './workers.ts';

/**
 * What matters at a glance: few questions to the store, no walk over files. `status --json` has
 * everything.
 */
export interface StatusSummary {
  readonly home: string;
  /** Why no worker can use the state folder, and what to do; absent when one can. */
  readonly homeFault?: FolderFault | undefined;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly settings: readonly WiredFile[];
  /** Whether our plugin starts the hooks. */
  readonly hasPlugin: boolean;
  readonly workers: readonly SeenWorker[];
  /** In the order of the workers. */
  readonly health: readonly WorkerHealth[];
  readonly queue: QueueDepth;
  /** Of the sessions of the last 24 hours. */
  readonly ledger: LedgerCounts;
  readonly store: Pick<StoreView, 'state' | 'message'> & { readonly remedy?: string | undefined };
  /** Absent while the store cannot be read. */
  readonly counts: Counts | undefined;
  /** Sessions that are neither ended nor lost, the most urgent first. */
  readonly live: readonly LiveSession[];
  /** Subscription windows that the client reported; empty if it reported none. */
  readonly limits: readonly AccountLimit[];
  readonly freeBytes: number;
  /** Of the last 24 hours. */
  readonly hookErrors: HookErrors;
  /** The last turn of the last 24 hours that was to be committed, if it was refused. */
  readonly refusedTurn?: TurnOutcome | undefined;
}

/** A settings file that the installer wired. */
export interface WiredFile {
  readonly file: string;
  /** How many of our hooks it starts now. */
  readonly hooks: number;
  /** How many it should start. */
  readonly expected: number;
  /** Whether it switches all hooks off. */
  readonly isOff: boolean;
}

/** What the store has; of today, but for the first and the last. */
export interface Counts {
  readonly total: number;
  readonly sessions: number;
  readonly calls: number;
  readonly failures: number;
  /** Warnings before a known failure, and how many of them were heeded. */
  readonly warned: number;
  readonly heeded: number;
  readonly deadDeliveries: number;
}

/**
 * ?1: when the day began. Calls whose transcript was read have a time in the index; the few others
 * are looked at one by one.
 */
const COUNTS = `WITH today AS (SELECT id FROM sessions WHERE last_event_at >= ?1)
  SELECT (SELECT count(*) FROM sessions) AS total,
    (SELECT count(*) FROM today) AS sessions,
    (SELECT count(*) FROM today JOIN operations AS o ON o.session_id = today.id
      WHERE o.at >= ?1)
    + (SELECT count(*) FROM today JOIN operations AS o ON o.session_id = today.id
      WHERE o.at IS NULL AND o.hook_at >= ?1) AS calls,
    (SELECT count(*) FROM today JOIN failures AS f ON f.session_id = today.id
      WHERE f.at >= ?1) AS failures,
    (SELECT count(*) FROM today JOIN told AS t ON t.session_id = today.id
      WHERE t.at >= ?1 AND t.kind = 'failure') AS warned,
    (SELECT count(*) FROM today JOIN told AS t ON t.session_id = today.id
      WHERE t.at >= ?1 AND t.kind = 'failure' AND t.outcome = 'heeded') AS heeded,
    (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead_deliveries`;

export interface StatusSummaryParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Looks at what matters, changes nothing. Never throws for a store that is missing, locked or
 * corrupt.
 */
export async function readStatusSummary({
  folder,
  clock,
  sleep,
}: StatusSummaryParts): Promise<StatusSummary> {
  const now = clock();
  const queueState = readQueueState(folder, now);
  const { depth, workers } = queueState;
  const view = await viewStore(folder);
  try {
    return {
      ...{ home: folder.root, homeFault: findFolderFault(folder.root) },
      ...{ version: productVersion(), at: now },
      settings: installedSettings(folder).map(({ file, hooks }) =>
        wiredFile(file, hooks.length, folder),
      ),
      hasPlugin: isForPlugin(folder),
      workers,
      health: scoreWorkers(queueState, now, productVersion()),
      queue: depth,
      ledger: await readRecentLedger({ folder, view, clock, sleep }),
      store: {
        ...{ state: view.state, message: view.message },
        ...(view.state === 'ok' || view.state === 'missing' ? {} : { remedy: view.remedy }),
      },
      counts: await readCounts(view, now),
      live: await readIfWell(view, (database) => readLiveSessions(database, { folder, now })),
      limits: await readIfWell(view, (database) => readLimits(database, now)),
      freeBytes: freeBytes(folder),
      hookErrors: readHookErrors(folder, now - DAY_MS),
      refusedTurn: await refusedIn(view, now),
    };
  } finally {
    view.database?.close();
  }
}

async function readIfWell<T>(
  { database }: StoreView,
  read: (database: Database) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  if (database === undefined) return [];
  try {
    return await read(database);
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return []; // it broke between two reads
  }
}

async function refusedIn({ database }: StoreView, now: number): Promise<TurnOutcome | undefined> {
  if (database === undefined) return undefined;
  try {
    const [last] = await listAutoCommits(database, 1);
    const isRecent = last !== undefined && Date.parse(last.at) >= now - DAY_MS;
    return isRecent && last.state === 'refused' ? last : undefined;
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return undefined; // it broke between two reads
  }
}

/** What the store has; `undefined` while it cannot be read. */
export async function readCounts(
  { database, state }: StoreView,
  now: number,
): Promise<Counts | undefined> {
  if (database === undefined) return state === 'missing' ? countsOf({}) : undefined;
  try {
    const day = new Date(now).setHours(0, 0, 0, 0);
    return countsOf((await runText(database, COUNTS, [day]))[0] ?? {});
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return undefined; // it broke between two reads
  }
}

function countsOf(row: Row): Counts {
  const of = (column: string): number => readNumberColumn(row, column) ?? 0;
  return {
    ...{ total: of('total'), sessions: of('sessions') },
    ...{ calls: of('calls'), failures: of('failures') },
    ...{ warned: of('warned'), heeded: of('heeded'), deadDeliveries: of('dead_deliveries') },
  };
}

/** Counts our launchers in the text of a settings file: `doctor` parses it. */
function wiredFile(file: string, expected: number, { bin }: StateFolder): WiredFile {
  const text = textOf(file);
  const names = text.split(`${bin}/`).slice(1);
  const hooks = names.filter(
    (name) => /^[a-z-]+(?:\.cjs)?['"\\]/.test(name) && !/^statusline/.test(name),
  );
  return { file, expected, hooks: hooks.length, isOff: /"disableAllHooks"\s*:\s*true/.test(text) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // gone: it starts none
  }
}
