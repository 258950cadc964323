import { dirname } from 'node:path';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { removeHooks } from '../lib/claude/settings/remove-hooks.ts';
import { isOtherVersionLeading } from '../lib/actions/background-worker.ts';
import { renewService } from '../lib/actions/service.ts';
import { removeQuietly } from '../lib/core/files.ts';
import { productVersion } from '../lib/core/package-folder.ts';
import { requirePrivate } from '../lib/core/state-folder.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { keepDated, keepFirst } from './backups.ts';
import { hookNames, ownEntries } from './hook-entries.ts';
import { writeHookFiles } from './hook-files.ts';
import { removeRecord, sha256, writeRecord, type InstallRecord } from './install-record.ts';
import { withLock } from '../lib/core/with-lock.ts';
import { chosenFeatures, planInstall, type Plan } from './plan.ts';
import { readSettingsFile, requireWritable, writeSettingsFile } from './settings-file.ts';
import { dropWrapped, keepWrapped } from './status-line.ts';
import { noteServed, setForPlugin } from './plugin.ts';
import { placePackage } from './place-package.ts';
import type { Surroundings } from './surroundings.ts';
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
export interface Installed {
  readonly plan: Plan;
  /** The file as it was before this run; absent when there was none or nothing changed. */
  readonly backup: string | undefined;
  /** Launchers and programs that were written. */
  readonly filesWritten: number;
  /** From where the worker runs. */
  readonly packageFolder: string;
}

/**
 * Installs the hooks: first the launchers, then, under its lock and read again, the settings file. With nothing to change, the settings file is not touched.
 * @throws {@link WaymarkError} SETTINGS_INVALID, SETTINGS_UNWRITABLE, CONFIG_INVALID, HOME_UNUSABLE or INSTALL_FAILED; settings.json is then as it was.
 */
export async function install(request: InstallRequest, around: Surroundings): Promise<Installed> {
  const done = await putIn(request, around);
  noteServed(around);
  await replaceWorker(done.packageFolder, around);
  await renew(done.packageFolder, around);
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
 * @throws {@link WaymarkError} CONFIG_INVALID or INSTALL_FAILED.
 */
export async function installFiles(
  workerMode: WorkerMode | undefined,
  around: Surroundings,
): Promise<InstalledFiles> {
  const packageFolder = placePackage(around);
  const filesWritten = writeHookFiles(packageFolder, around);
  if (workerMode !== undefined) await setWorkerMode(workerMode, around);
  const isNew = setForPlugin(around.folder.root, true);
  noteServed(around);
  await replaceWorker(packageFolder, around);
  await renew(packageFolder, around);
  return { filesWritten, packageFolder, isNew };
}

/** Has a worker of another version replaced; what cannot be replaced now is replaced by the next hook. */
async function replaceWorker(
  packageFolder: string,
  { folder, environment, cwd, node, run }: Surroundings,
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
async function renew(packageFolder: string, around: Surroundings): Promise<void> {
  const { platform, node, nodeVersion } = around;
  await renewService(around, {
    platform,
    node,
    nodeVersion,
    package: packageFolder,
    starts: false,
  });
}

async function putIn(request: InstallRequest, around: Surroundings): Promise<Installed> {
  const preview = planInstall(request.scope, request.features, around, request.statusLine);
  if (preview.changed) requireWritable(preview.target);
  requirePrivate(around.folder.root); // else no worker would start
  const packageFolder = placePackage(around);
  const filesWritten = writeHookFiles(packageFolder, around);
  if (request.workerMode !== undefined) await setWorkerMode(request.workerMode, around);
  if (!preview.changed) {
    noteWrapped(preview, around);
    if (isRecordDue(preview, request))
      writeRecord(around.folder.root, nextRecord(preview, request, [], around));
    return { plan: preview, backup: undefined, filesWritten, packageFolder };
  }
  return withLock(preview.target, around.lockRetries, ({ madeFolders }) => {
    const isSame = readSettingsFile(preview.target) === preview.before;
    const plan = isSame
      ? preview
      : planInstall(request.scope, request.features, around, request.statusLine);
    const backup = plan.changed ? write(plan, request, madeFolders, around) : undefined;
    return { plan, backup, filesWritten, packageFolder };
  });
}

function write(
  plan: Plan,
  request: InstallRequest,
  madeFolders: readonly string[],
  around: Surroundings,
): string | undefined {
  const { root } = around.folder;
  noteWrapped(plan, around);
  const backup =
    plan.before === undefined
      ? undefined
      : keepDated(root, plan.target, plan.before, around.clock());
  // The record goes first: should we die in between, it only names a hash that the file does not have.
  writeRecord(root, nextRecord(plan, request, madeFolders, around));
  try {
    writeSettingsFile(plan.target, plan.after ?? '');
  } catch (error) {
    if (backup !== undefined) removeQuietly(backup);
    if (plan.record === undefined) removeRecord(root, plan.target);
    else writeRecord(root, plan.record);
    throw error;
  }
  return backup;
}

/** Writes what our status line has to run before settings.json names it. */
function noteWrapped({ scope, target, line }: Plan, around: Surroundings): void {
  if (line.isIn) keepWrapped(scope, target, line.own, around);
  else dropWrapped(target, around);
}

/** Also when only the wish for a status line is new, and cannot be met, or the record is of an earlier version. */
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
  around: Surroundings,
): InstallRecord {
  const { before, after, record, target: file, line, hadLine } = plan;
  const place = dirname(plan.file);
  const features = chosenFeatures(request.features, record);
  const statusLine = request.statusLine ?? record?.statusLine;
  const choice = {
    features: features.length === FEATURES.length ? undefined : features,
    statusLine,
    ownStatusLine: line.own,
  };
  const rest = { place, names: hookNames(record?.names), ...choice };
  const own =
    before === undefined
      ? 0
      : removeHooks(before, ownEntries(around.folder.bin, record?.names)).removed + Number(hadLine);
  const hash = { sha256: sha256(after ?? '') };
  if (before === undefined) return { file, existed: false, ...hash, madeFolders, ...rest };
  if (own === 0)
    return {
      file,
      existed: true,
      firstBackup: keepFirst(around.folder.root, file, before),
      ...hash,
      madeFolders,
      ...rest,
    };
  if (record?.sha256 === sha256(before)) return { ...record, ...hash, ...rest };
  // Another program wrote since, or the record was lost: the first file is no longer what the user would want back.
  return { file, existed: true, madeFolders: [], ...rest };
}
