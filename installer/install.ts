import { dirname } from 'node:path';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { removeHooks } from '../lib/claude/settings/remove-hooks.ts';
import { isOtherVersionLeading } from '../lib/actions/background-worker.ts';
import { renewService } from '../lib/actions/service.ts';
import { removeQuietly } from '../lib/core/files.ts';
import { productVersion } from '../lib/core/package-folder.ts';
import { requirePrivateFolder } from '../lib/core/state-folder.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { backUpDated, backUpFirst } from './backups.ts';
import { listHookNames, createInstalledEntryTest } from './hook-entries.ts';
import { writeHookFiles } from './hook-files.ts';
import { removeRecord, sha256, writeRecord, type InstallRecord } from './install-record.ts';
import { withLock } from '../lib/core/with-lock.ts';
import { resolveFeatures, planInstall, type Plan } from './plan.ts';
import {
  readSettingsFile,
  requireWritable,
  writeSettingsFile,
  writeUntilSame,
} from './settings-file.ts';
import { removeWrappedLine, saveWrappedLine } from './status-line.ts';
import { requireWaymarkFolder } from '../lib/core/require-waymark-folder.ts';
import { recordServedFolders, setForPlugin } from './plugin.ts';
import { makeStateRoot } from './made-parents.ts';
import { asOnlyInstaller } from './only-installer.ts';
import { placePackage } from './place-package.ts';
import type { InstallerContext } from './installer-context.ts';
import { setWorkerMode, type WorkerMode } from './worker-mode.ts';

export interface InstallRequest {
  readonly scope: Scope;
  /** Left out: what was chosen before, else all. */
  readonly features?: readonly Feature[] | undefined;
  /** Left out: as before, else no. */
  readonly statusLine?: boolean | undefined;
  /** Left out: as it is. */
  readonly workerMode?: WorkerMode | undefined;
}

/** What was done. */
export interface InstallResult {
  readonly plan: Plan;
  /** The file as it was before this run; absent when there was none or nothing changed. */
  readonly backup: string | undefined;
  /** Launchers and programs that were written. */
  readonly filesWritten: number;
  /** From where the worker runs. */
  readonly packageFolder: string;
}

/**
 * Installs the hooks: first the launchers, then, under its lock and read again, the settings file.
 * With nothing to change, the settings file is not touched.
 * @throws {@link WaymarkError} SETTINGS_INVALID, SETTINGS_UNWRITABLE, CONFIG_INVALID, HOME_UNUSABLE
 * or INSTALL_FAILED; settings.json is then as it was.
 */
export async function install(
  request: InstallRequest,
  context: InstallerContext,
): Promise<InstallResult> {
  const preview = planInstall(request.scope, request.features, context, request.statusLine);
  if (preview.changed) requireWritable(preview.target);
  requireWaymarkFolder(context.folder.root);
  requirePrivateFolder(context.folder.root); // else no worker would start
  makeStateRoot(context.folder.root);
  const done = await asOnlyInstaller(context, async () => {
    const made = await installAlone(preview, request, context);
    recordServedFolders(context);
    return made;
  });
  await replaceWorker(done.packageFolder, context);
  await renew(done.packageFolder, context);
  return done;
}

/** What was done for the plugin. */
export interface InstalledFiles {
  readonly filesWritten: number;
  readonly packageFolder: string;
  /** Whether the plugin was not served before. */
  readonly isNew: boolean;
}

/**
 * Installs the launchers alone, for the plugin: no settings file is touched.
 * @throws {@link WaymarkError} HOME_UNUSABLE, CONFIG_INVALID or INSTALL_FAILED.
 */
export async function installFiles(
  workerMode: WorkerMode | undefined,
  context: InstallerContext,
): Promise<InstalledFiles> {
  requireWaymarkFolder(context.folder.root);
  requirePrivateFolder(context.folder.root); // else no worker would start
  makeStateRoot(context.folder.root);
  const done = await asOnlyInstaller(context, async () => {
    const packageFolder = placePackage(context);
    const filesWritten = writeHookFiles(packageFolder, context);
    if (workerMode !== undefined) await setWorkerMode(workerMode, context);
    const isNew = setForPlugin(context.folder.root, true);
    recordServedFolders(context);
    return { filesWritten, packageFolder, isNew };
  });
  await replaceWorker(done.packageFolder, context);
  await renew(done.packageFolder, context);
  return done;
}

/**
 * Has a worker of another version replaced; what cannot be replaced now is replaced by the next
 * hook.
 */
async function replaceWorker(
  packageFolder: string,
  { folder, environment, cwd, node, run }: InstallerContext,
): Promise<void> {
  const program = `${packageFolder}/dist/waymark.cjs`;
  if (!isOtherVersionLeading(folder, productVersion(program, packageFolder))) return;
  await run(node, [program, 'worker', '--detach'], {
    environment: { ...environment, WAYMARK_HOME: folder.root },
    cwd,
    timeoutMs: REPLACE_TIME_MS,
  });
}

const REPLACE_TIME_MS = 20_000;

/** Lets a service that is installed start this package with this Node. */
async function renew(packageFolder: string, context: InstallerContext): Promise<void> {
  const { platform, node, nodeVersion } = context;
  await renewService(context, {
    platform,
    node,
    nodeVersion,
    package: packageFolder,
    starts: false,
  });
}

async function installAlone(
  planned: Plan,
  request: InstallRequest,
  context: InstallerContext,
): Promise<InstallResult> {
  const packageFolder = placePackage(context);
  const filesWritten = writeHookFiles(packageFolder, context);
  if (request.workerMode !== undefined) await setWorkerMode(request.workerMode, context);
  const preview = planAgain(planned, request, context);
  if (!preview.changed) {
    noteWrapped(preview, context);
    if (isRecordDue(preview, request))
      writeRecord(context.folder.root, nextRecord(preview, request, [], context));
    return { plan: preview, backup: undefined, filesWritten, packageFolder };
  }
  return withLock(preview.target, context.lockRetries, ({ madeFolders }) =>
    writeUntilSame(preview.target, () => {
      const plan = planAgain(preview, request, context);
      if (!plan.changed) return { plan, backup: undefined, filesWritten, packageFolder };
      const written = write(plan, request, madeFolders, context);
      return written && { plan, ...written, filesWritten, packageFolder };
    }),
  );
}

/** The plan, or a new one if the settings file is not as it was when that was made. */
function planAgain(plan: Plan, request: InstallRequest, context: InstallerContext): Plan {
  return readSettingsFile(plan.target) === plan.before
    ? plan
    : planInstall(request.scope, request.features, context, request.statusLine);
}

/** @returns `undefined` if another program changed the file meanwhile; nothing was written then. */
function write(
  plan: Plan,
  request: InstallRequest,
  madeFolders: readonly string[],
  context: InstallerContext,
): Pick<InstallResult, 'backup'> | undefined {
  const { root } = context.folder;
  noteWrapped(plan, context);
  const backup =
    plan.before === undefined
      ? undefined
      : backUpDated(root, plan.target, plan.before, context.clock());
  // The record goes first: should we die in between, it only names a hash that the file does not
  // have.
  writeRecord(root, nextRecord(plan, request, madeFolders, context));
  const isWritten = (): boolean => writeSettingsFile(plan.target, plan.before, plan.after ?? '');
  const takeBack = (): void => {
    if (backup !== undefined) removeQuietly(backup);
    if (plan.record === undefined) removeRecord(root, plan.target);
    else writeRecord(root, plan.record);
  };
  try {
    if (isWritten()) return { backup };
  } catch (error) {
    takeBack();
    throw error;
  }
  takeBack();
  return undefined;
}

/** Writes what our status line has to run before settings.json names it. */
function noteWrapped({ scope, target, line }: Plan, context: InstallerContext): void {
  if (line.isIn) saveWrappedLine(scope, target, line.own, context);
  else removeWrappedLine(target, context);
}

/**
 * Also when only the wish for a status line is new, and cannot be met, or the record is of an
 * earlier version.
 */
function isRecordDue({ record }: Plan, { statusLine }: InstallRequest): boolean {
  return (
    record?.place === undefined ||
    (statusLine !== undefined && statusLine !== (record.statusLine ?? false))
  );
}

function nextRecord(
  plan: Plan,
  request: InstallRequest,
  madeFolders: readonly string[],
  context: InstallerContext,
): InstallRecord {
  const { before, after, record, target: file, line, hadLine } = plan;
  const place = dirname(plan.file);
  const features = resolveFeatures(request.features, record);
  const statusLine = request.statusLine ?? record?.statusLine;
  const choice = {
    features: features.length === FEATURES.length ? undefined : features,
    statusLine,
    ownStatusLine: line.own,
  };
  const rest = { place, names: listHookNames(record?.names), ...choice };
  const own =
    before === undefined
      ? 0
      : removeHooks(before, createInstalledEntryTest(context.folder.bin, record?.names)).removed +
        Number(hadLine);
  const hash = { sha256: sha256(after ?? '') };
  if (before === undefined) return { file, existed: false, ...hash, madeFolders, ...rest };
  if (own === 0)
    return {
      file,
      existed: true,
      firstBackup: backUpFirst(context.folder.root, file, before),
      ...hash,
      madeFolders,
      ...rest,
    };
  if (record?.sha256 === sha256(before)) return { ...record, ...hash, ...rest };
  // Another program wrote since, or the record was lost: the first file is no longer what the user
  // would want back.
  return { file, existed: true, madeFolders: [], ...rest };
}
