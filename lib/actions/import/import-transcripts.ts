import { existsSync } from 'node:fs';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { resolveConfig } from '../../config/resolve.ts';
import { WaymarkError } from '../../core/errors.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import { countDaysWithoutTranscripts, countImportedBefore } from '../../features/backfill/table.ts';
import { historyBefore } from '../../retention/keepers.ts';
import { isForgotten } from '../../store/forgotten.ts';
import type { Database } from '../../store/database.ts';
import { sqliteDriver } from '../../store/driver.ts';
import { openStore, openStoreForReading } from '../../store/open-store.ts';
import { storeFaultOf } from '../../store/store-fault.ts';
import type { ActionContext } from '../action-context.ts';
import { wakeWorker } from '../background-worker.ts';
import { type ImportCounts, importCounts, subtractCounts } from '../../query/import-counts.ts';
import { importHistory, importStatistics } from './import-history.ts';
import { importSession, type SessionImportParts } from './import-session.ts';
import { type ImportPlan, planImport } from './plan-import.ts';

/** How far an import is. */
export interface ImportProgress {
  readonly sessions: number;
  readonly sessionsDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
}

export interface ImportRequest {
  /** Folders to look through, in place of those that were seen. */
  readonly from: readonly string[];
  /** Called now and then; must be quick. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /**
   * Ends the import after the step that runs. What was read stays, and the next import continues
   * from there.
   */
  readonly signal?: AbortSignal;
}

/** What an import did. */
export interface ImportResult {
  readonly folders: readonly string[];
  /** Sessions of which something was read. */
  readonly sessions: number;
  /** Transcripts, histories and statistics that were read. */
  readonly files: number;
  readonly upToDate: number;
  readonly ignored: number;
  readonly empty: readonly string[];
  /** Sessions with lines that could not be read, and with files that could not. */
  readonly partial: number;
  readonly bytes: number;
  readonly ms: number;
  /** Rows that are new. */
  readonly added: ImportCounts;
  /**
   * Imported sessions that are older than `keptFor`, in seconds: the next clean-up deletes them.
   */
  readonly expiring: number;
  readonly keptFor: number;
  /** Days of which the client's own statistics alone tell. */
  readonly daysWithoutTranscripts: number;
  readonly isStopped: boolean;
  /** Whether a worker runs or was started that learns from what failed. */
  readonly hasWorker: boolean;
}

/** Longest wait for the lock of the store. */
const PATIENCE_MS = 60_000;

/** What an import would read. Changes nothing. */
export async function previewImport(
  actionContext: ActionContext,
  { from, signal }: ImportRequest,
): Promise<ImportPlan> {
  requireFolders(from);
  const store = openStoreForReading(actionContext.folder.store, sqliteDriver());
  try {
    return await planImport(store, planParts(actionContext, from, signal));
  } finally {
    store?.close();
  }
}

/**
 * Reads every transcript that is on the disk, with histories and statistics of the client, into the
 * store. A worker may run beside it: each step holds the store for some milliseconds.
 * @throws {@link StoreFault} when the store cannot serve.
 */
export async function importTranscripts(
  actionContext: ActionContext,
  wish: ImportRequest,
): Promise<ImportResult> {
  const begunAt = performance.now();
  requireFolders(wish.from);
  makePrivateFolder(actionContext.folder.root);
  const database = openStore(actionContext.folder.store, sqliteDriver(), 'NORMAL');
  try {
    const plan = await planImport(database, planParts(actionContext, wish.from, wish.signal));
    const before = importCounts(database);
    const done = await importAll(database, actionContext, plan, wish);
    return {
      ...{ folders: plan.folders, upToDate: plan.upToDate, ignored: plan.ignored },
      ...{ empty: plan.empty, ...done, ms: Math.round(performance.now() - begunAt) },
      added: subtractCounts(importCounts(database), before),
      ...expiringNow(database, actionContext),
      daysWithoutTranscripts: countDaysWithoutTranscripts(database),
      hasWorker: wakeWorker(actionContext),
    };
  } finally {
    database.close();
  }
}

type Done = Pick<ImportResult, 'sessions' | 'files' | 'partial' | 'bytes' | 'isStopped'>;

async function importAll(
  database: Database,
  actionContext: ActionContext,
  plan: ImportPlan,
  { onProgress, signal }: ImportRequest,
): Promise<Done> {
  const bytes = plan.sessions.reduce((sum, session) => sum + session.bytes, 0);
  let [sessionsDone, files, bytesDone, partial] = [0, 0, 0, 0];
  const parts: SessionImportParts = {
    ...{ database, clock: actionContext.clock, onStore: retryWhileLocked },
    onRead: async (read) => {
      bytesDone += read;
      onProgress?.({ sessions: plan.sessions.length, sessionsDone, bytes, bytesDone });
      await breathe(); // Ctrl+C, and other processes that wait for the lock
      return signal?.aborted !== true;
    },
  };
  const doneSoFar = (isStopped: boolean): Done => ({
    ...{ sessions: sessionsDone, files, partial, bytes: bytesDone, isStopped },
  });
  for (const session of plan.sessions) {
    if (signal?.aborted === true) return doneSoFar(true);
    if (isForgotten(parts.database, session.id)) continue;
    const { isWhole, state } = await importSession(session, parts);
    if (!isWhole) return doneSoFar(true);
    sessionsDone += 1;
    files += session.mains.length + session.agents.length;
    if (state !== 'read') partial += 1;
  }
  const { ignoredProjects } = settingsOf(actionContext);
  const isIgnored = (project: string): boolean =>
    ignoredProjects.some((part) => project.includes(part));
  for (const path of plan.histories) {
    if (!(await importHistory(path, isIgnored, parts))) return doneSoFar(true);
    files += 1;
  }
  for (const { configFolder, path } of plan.statistics) {
    await importStatistics(configFolder, path, parts);
    files += 1;
  }
  return doneSoFar(false);
}

function expiringNow(
  database: Database,
  actionContext: ActionContext,
): Pick<ImportResult, 'expiring' | 'keptFor'> {
  const now = actionContext.clock();
  const before = historyBefore(settingsOf(actionContext), now);
  return { keptFor: (now - before) / 1_000, expiring: countImportedBefore(database, before) };
}

/**
 * @throws {@link WaymarkError} NOT_FOUND for a folder that a person named and that is not there.
 */
function requireFolders(from: readonly string[]): void {
  const missing = from.find((folder) => !existsSync(folder));
  if (missing !== undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot import from ${missing}: no such file or folder`, {
      remedy: 'Name the config folder of a client, its projects folder, or a transcript.',
    });
}

function planParts(
  actionContext: ActionContext,
  from: readonly string[],
  signal: AbortSignal | undefined,
) {
  const { ignoredProjects } = settingsOf(actionContext);
  return {
    ...{ environment: actionContext.environment, from, ignoredProjects },
    canContinue: async () => {
      await breathe();
      return signal?.aborted !== true;
    },
  };
}

function settingsOf({ environment, folder }: ActionContext) {
  return resolveConfig({ environment, userFile: folder.configFile }).values;
}

/**
 * While a worker has the lock, the step is tried again; each is one transaction, so that it happens
 * whole or not at all.
 */
async function retryWhileLocked<T>(step: () => T): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return step();
    } catch (error) {
      const kind = storeFaultOf(error)?.kind;
      if ((kind !== 'BUSY' && kind !== 'LOCKED') || performance.now() > until) throw error;
      await sleep(20);
    }
  }
}
