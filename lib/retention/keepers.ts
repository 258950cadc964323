import { type FileKind, fileKeeper } from '../core/file-keeper.ts';
import { addUp, type Keeper, NOTHING } from '../core/keeper.ts';
import { constant, eachSliced } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { deliveryFiles, deliveryRows } from '../delivery/retention.ts';
import { clientDayRows } from '../features/backfill/retention.ts';
import { checkpointRows } from '../features/checkpoint/retention.ts';
import { toldRows } from '../features/told/retention.ts';
import { contextRows, contextViews } from '../features/context/retention.ts';
import { failureRows, failureViews } from '../features/failure/retention.ts';
import { operationRows, usageRows } from '../features/operation/retention.ts';
import { agentRows } from '../features/process/retention.ts';
import { resumeViews } from '../features/resume/retention.ts';
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
import { recoveryFolders } from '../queue/recovery-folder.ts';
import { searchFiles, searchKeeper } from '../search/retention.ts';
import { deadLetters, queueEntries, recoveredEntries, workerFiles } from '../queue/retention.ts';
import type { Database } from '../store/database.ts';
import { type RowKind, rowKeeper } from '../store/keeper.ts';
import { earlierStores, eventRows, storeFiles } from '../store/retention.ts';

/** What the keepers follow. Times in seconds, sizes in bytes. */
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
}

/** For whoever asks no keeper what is too much. */
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
};

/** What you wrote, and what the installer made. Nothing of it is ever deleted here. */
export const SETTINGS_FILES: FileKind = {
  name: 'settings',
  owns: /^(?:(?:config|statusline|webhooks|webhooks-state)\.json|handlers\/)/,
  folder: '',
};

/** Launchers, a copy of the package, backups of settings files. */
export const INSTALLED_FILES: FileKind = {
  name: 'installation',
  owns: /^(?:bin|install|package)\//,
  folder: '',
};

/** Every kind of rows. Failures learn from sessions before those go. */
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
    agentRows,
    routingRows,
    contextRows,
    toldRows,
    judgementRows,
    scheduleRows,
    eventFileRows,
  ];
}

/**
 * Every kind of files below the state folder.
 * @param rememberDiscarded Writes down ids of entries that are about to be deleted.
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
    queueEntries,
    deadLetters(rememberDiscarded),
    storeFiles,
    earlierStores,
    searchFiles,
    workerFiles,
    deliveryFiles,
    SETTINGS_FILES,
    INSTALLED_FILES,
  ];
}

/** Keepers of rows, in the order in which they are pruned. */
export function rowKeepers(
  database: Database,
  settings: Pick<RetentionSettings, 'deliveriesKept' | 'archiveKeep'>,
  written: number,
): readonly Keeper[] {
  return rowKinds(settings).map((kind) => rowKeeper(kind, database, written));
}

/** Keepers of files, those of the recovery folder among them. */
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

/** One keeper, however many recovery folders there are. Entries in them never go by age or size. */
function recoveryKeeper({ recovery }: StateFolder): Keeper {
  const kind = recoveredEntries.name;
  const keepers = recoveryFolders(recovery).map((path) => fileKeeper(recoveredEntries, path));
  return {
    name: kind,
    *size() {
      const sizes = yield* eachSliced(keepers.map((keeper) => keeper.size()));
      const { count, bytes } = addUp(sizes.map((size) => ({ ...size, oldest: null })));
      return { count, bytes };
    },
    plan: () => constant({ kind, measure: () => constant(NOTHING), prune: () => 0 }),
    forget: (session) => keepers.reduce((sum, keeper) => sum + keeper.forget(session), 0),
  };
}
