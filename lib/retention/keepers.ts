import { codeCache } from '../code-cache/retention.ts';
import { type FileKind, fileKeeper } from '../core/file-keeper.ts';
import { sumDeletable, type Keeper, NOTHING_DELETABLE } from '../core/keeper.ts';
import { resolvedSlice, collectSliced } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { deliveryFiles, deliveryRows } from '../delivery/retention.ts';
import { accountLimitRows } from '../features/account/retention.ts';
import { clientDayRows } from '../features/backfill/retention.ts';
import { budgetViews } from '../features/budget/retention.ts';
import { checkpointRows } from '../features/checkpoint/retention.ts';
import { hookMessageRows } from '../features/hook-messages/retention.ts';
import { contextRows, contextViews } from '../features/context/retention.ts';
import { failureRows, failureViews } from '../features/failure/retention.ts';
import { healthRows } from '../features/health/retention.ts';
import { operationRows, usageRows } from '../features/operation/retention.ts';
import { agentRows } from '../features/process/retention.ts';
import { resumeViews } from '../features/resume/retention.ts';
import { restoredViews } from '../features/restored/retention.ts';
import { routingRows } from '../features/routing/retention.ts';
import { scheduleRows } from '../features/schedule/retention.ts';
import { judgementRows } from '../features/security/retention.ts';
import { sessionRows } from '../features/session/retention.ts';
import {
  archivedEvents,
  archivedTranscripts,
  eventFileRows,
  eventLogs,
  ownLogs,
} from '../journal/retention.ts';
import { sessionNotes } from '../ledger/retention.ts';
import { listRecoveryFolders } from '../queue/recovery-folder.ts';
import { searchFiles, searchKeeper } from '../search/retention.ts';
import { reportFiles } from './report-files.ts';
import { deadLetters, queueEntries, recoveredEntries, workerFiles } from '../queue/retention.ts';
import { snapshotFiles, snapshotRows } from '../snapshots/retention.ts';
import type { Database } from '../store/database.ts';
import { type RowKind, rowKeeper } from '../store/keeper.ts';
import { earlierStores, eventRows, storeFiles } from '../store/retention.ts';

/** Limits of the keepers. Times in seconds, sizes in bytes. */
export interface RetentionSettings {
  readonly retention: number;
  readonly diskBudget: number;
  readonly deliveriesKept: number;
  readonly eventLogFiles: number;
  readonly eventLogKeep: number;
  readonly eventLogBudget: number;
  readonly archiveKeep: number;
  readonly archiveBudget: number;
  readonly transcriptsKeep: number;
  readonly transcriptsBudget: number;
  readonly snapshotsKeep: number;
  readonly snapshotsBudget: number;
}

/**
 * Returns the time before which history (sessions, and what was said and called in them) is
 * deleted. History is kept as long as its transcripts, so that a session that a search finds can
 * also be read.
 */
export function historyBefore(
  { retention, transcriptsKeep }: Pick<RetentionSettings, 'retention' | 'transcriptsKeep'>,
  now: number,
): number {
  return now - Math.max(retention, transcriptsKeep) * 1000;
}

/** For callers that need no limits. */
export const NO_LIMITS: RetentionSettings = {
  retention: Number.MAX_SAFE_INTEGER,
  diskBudget: Number.MAX_SAFE_INTEGER,
  deliveriesKept: Number.MAX_SAFE_INTEGER,
  eventLogFiles: Number.MAX_SAFE_INTEGER,
  eventLogKeep: Number.MAX_SAFE_INTEGER,
  eventLogBudget: Number.MAX_SAFE_INTEGER,
  archiveKeep: Number.MAX_SAFE_INTEGER,
  archiveBudget: Number.MAX_SAFE_INTEGER,
  transcriptsKeep: Number.MAX_SAFE_INTEGER,
  transcriptsBudget: Number.MAX_SAFE_INTEGER,
  snapshotsKeep: Number.MAX_SAFE_INTEGER,
  snapshotsBudget: Number.MAX_SAFE_INTEGER,
};

/** Files that the user wrote or the installer created. Never deleted here. */
export const SETTINGS_FILES: FileKind = {
  name: 'settings',
  owns: /^(?:(?:config|statusline|webhooks|webhooks-state|fleet)\.json|metrics-token$|handlers\/)/,
  folder: '',
};

/** Launchers, a copy of the package, backups of settings files. */
export const INSTALLED_FILES: FileKind = {
  name: 'installation',
  owns: /^(?:bin|install|package)\//,
  folder: '',
};

/** The token of the dashboard: it stays, so that open tabs and scrapers keep working. */
export const DASHBOARD_FILES: FileKind = {
  name: 'dashboard',
  owns: /^dashboard\//,
  folder: 'dashboard',
};

/** Returns all kinds of rows. Failures are listed before the sessions from which they learn. */
export function rowKinds({
  deliveriesKept,
  archiveKeep,
}: Pick<RetentionSettings, 'deliveriesKept' | 'archiveKeep'>): readonly RowKind[] {
  return [
    eventRows(archiveKeep * 1000),
    deliveryRows(deliveriesKept),
    failureRows,
    sessionRows,
    checkpointRows,
    operationRows,
    usageRows,
    clientDayRows,
    accountLimitRows,
    agentRows,
    routingRows,
    contextRows,
    healthRows,
    hookMessageRows,
    judgementRows,
    scheduleRows,
    eventFileRows,
    snapshotRows,
  ];
}

/**
 * Returns all kinds of files below the state folder.
 * @param rememberDiscarded Records ids of entries that are about to be deleted.
 */
export function fileKinds(
  settings: Omit<RetentionSettings, 'retention' | 'diskBudget' | 'deliveriesKept'>,
  rememberDiscarded: (ids: readonly string[]) => void,
): readonly FileKind[] {
  return [
    sessionNotes,
    resumeViews,
    contextViews,
    failureViews,
    restoredViews,
    budgetViews,
    ownLogs,
    eventLogs({
      files: settings.eventLogFiles,
      keepMs: settings.eventLogKeep * 1000,
      bytes: settings.eventLogBudget,
    }),
    archivedEvents({ keepMs: settings.archiveKeep * 1000, bytes: settings.archiveBudget }),
    archivedTranscripts({
      keepMs: settings.transcriptsKeep * 1000,
      bytes: settings.transcriptsBudget,
    }),
    reportFiles,
    snapshotFiles({ keepMs: settings.snapshotsKeep * 1000, bytes: settings.snapshotsBudget }),
    queueEntries,
    deadLetters(rememberDiscarded),
    codeCache,
    storeFiles,
    earlierStores,
    searchFiles,
    workerFiles,
    deliveryFiles,
    SETTINGS_FILES,
    INSTALLED_FILES,
    DASHBOARD_FILES,
  ];
}

/** Returns keepers of rows, in pruning order. */
export function rowKeepers(
  database: Database,
  settings: Pick<RetentionSettings, 'deliveriesKept' | 'archiveKeep'>,
  written: number,
): readonly Keeper[] {
  return rowKinds(settings).map((kind) => rowKeeper(kind, database, written));
}

/** Returns keepers of files, including the recovery folder. */
export function fileKeepers(
  folder: StateFolder,
  settings: RetentionSettings,
  rememberDiscarded: (ids: readonly string[]) => void,
): readonly Keeper[] {
  return [
    ...fileKinds(settings, rememberDiscarded).map((kind) =>
      kind === searchFiles ? searchKeeper(folder) : fileKeeper(kind, folder.root),
    ),
    recoveryKeeper(folder),
  ];
}

/**
 * Makes one keeper for any number of recovery folders. Entries in them are never deleted by age or
 * size.
 */
function recoveryKeeper({ recovery }: StateFolder): Keeper {
  const kind = recoveredEntries.name;
  const keepers = listRecoveryFolders(recovery).map((path) => fileKeeper(recoveredEntries, path));
  return {
    name: kind,
    *size() {
      const sizes = yield* collectSliced(keepers.map((keeper) => keeper.size()));
      const { count, bytes } = sumDeletable(sizes.map((size) => ({ ...size, oldest: null })));
      return { count, bytes };
    },
    plan: () =>
      resolvedSlice({ kind, measure: () => resolvedSlice(NOTHING_DELETABLE), prune: () => 0 }),
    forget: (sessions) => keepers.reduce((sum, keeper) => sum + keeper.forget(sessions), 0),
  };
}
