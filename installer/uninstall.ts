import { existsSync, readFileSync, rmSync } from 'node:fs';
import { reasonOf, WaymarkError } from '../lib/core/errors.ts';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { backUpDated } from './backups.ts';
import { removeHookFiles } from './hook-files.ts';
import { listHookNames } from './hook-entries.ts';
import { removeRecord } from './install-record.ts';
import { removeQuietly } from '../lib/core/files.ts';
import { removeEmptyFolders, withLock } from '../lib/core/with-lock.ts';
import { removeTree } from '../lib/core/remove-tree.ts';
import { isForPlugin, recordServedFolders, removeServedRecord, setForPlugin } from './plugin.ts';
import { findOtherUsers } from './other-users.ts';
import {
  requireWaymarkFolder,
  requireDedicatedFolder,
} from '../lib/core/require-waymark-folder.ts';
import { asOnlyInstaller } from './only-installer.ts';
import { planUninstall, type Plan } from './plan.ts';
import { hasService, removeService } from '../lib/actions/service.ts';
import { purgeState, type PurgeResult } from '../lib/actions/purge-state.ts';
import {
  readSettingsFile,
  requireWritable,
  writeSettingsFile,
  writeUntilSame,
} from './settings-file.ts';
import { removeWrappedLine } from './status-line.ts';
import { readMadeParents } from './made-parents.ts';
import { packageCopiesFolder } from './place-package.ts';
import type { InstallerContext } from './installer-context.ts';

export interface UninstallResult {
  readonly plan: Plan;
  readonly backup: string | undefined;
  /**
   * Settings files that still use the launchers; while there are any, launchers, worker and data
   * stay.
   */
  readonly stillUsedBy: readonly string[];
  /** Absent without a purge. */
  readonly purged?: PurgeResult;
}

/**
 * Takes our entries out of one settings file, and with the last one the launchers and the worker.
 * Data stays unless `purge` is set.
 * @throws {@link WaymarkError} HOME_UNUSABLE for a state folder that is none, SETTINGS_INVALID,
 * SETTINGS_UNWRITABLE, or for a purge INSTALL_FAILED while another settings file uses the data and
 * RESTORE_FAILED while files are being restored.
 */
export async function uninstall(
  scope: Scope,
  purge: boolean,
  context: InstallerContext,
): Promise<UninstallResult> {
  requireOwnFolder(purge, context);
  const done = await asOnlyInstaller(context, () => takeOut(scope, purge, context));
  if (!purge) return done;
  // the backup went with the folder
  return { ...done, backup: undefined, purged: purgeAll(context) };
}

async function takeOut(
  scope: Scope,
  purge: boolean,
  context: InstallerContext,
): Promise<Omit<UninstallResult, 'purged'>> {
  const preview = planUninstall(scope, context);
  const stillUsedBy = [...findOtherUsers(preview.target, context), ...pluginUse(preview, context)];
  if (purge) await prepareToPurge(stillUsedBy, context);
  if (preview.changed) requireWritable(preview.target);
  const done = preview.changed
    ? await withLock(preview.target, context.lockRetries, () =>
        writeUntilSame(preview.target, () => write(scope, context)),
      )
    : { plan: preview, backup: undefined };
  if (done.plan.changed && done.plan.after === undefined)
    removeEmptyFolders(preview.record?.madeFolders ?? []);
  removeRecord(context.folder.root, preview.target);
  removeWrappedLine(preview.target, context);
  if (stillUsedBy.length === 0) await removeRest(preview.record?.names, context);
  else recordServedFolders(context);
  return { ...done, stillUsedBy };
}

/**
 * Takes the launchers out that were installed for the plugin, unless a settings file uses them.
 * @throws {@link WaymarkError} for a purge INSTALL_FAILED while a settings file uses the data, and
 * RESTORE_FAILED while files are being restored.
 */
export async function uninstallFiles(
  purge: boolean,
  context: InstallerContext,
): Promise<Pick<UninstallResult, 'stillUsedBy' | 'purged'>> {
  requireOwnFolder(purge, context);
  const stillUsedBy = await asOnlyInstaller(context, async () => {
    const users = findOtherUsers('', context);
    if (purge) await prepareToPurge(users, context);
    setForPlugin(context.folder.root, false);
    if (users.length === 0) await removeRest(undefined, context);
    return users;
  });
  return { stillUsedBy, ...(purge ? { purged: purgeAll(context) } : {}) };
}

/**
 * Hooks that go out of a settings file leave the launchers to the plugin; where there are none, it
 * is the plugin's that are meant.
 */
function pluginUse({ removed, hadLine }: Plan, { folder }: InstallerContext): readonly string[] {
  return isForPlugin(folder.root) && (removed > 0 || hadLine) ? [PLUGIN] : [];
}

/** As the user of the launchers. */
const PLUGIN = 'the plugin';

/** A restore of files that was killed cannot be finished without the notes in the state folder. */
async function prepareToPurge(users: readonly string[], context: InstallerContext): Promise<void> {
  refuseWhileUsed(users, context);
  // only a purge has to load it
  const { finishRestores } = await import('../lib/actions/restore-code/finish-restores.ts');
  await finishRestores(context);
}

function refuseWhileUsed(users: readonly string[], { folder }: InstallerContext): void {
  if (users.length === 0) return;
  throw new WaymarkError(
    'INSTALL_FAILED',
    `Cannot delete ${folder.root}: it is still used by ${users.join(', ')}`,
    {
      remedy: users.includes(PLUGIN)
        ? 'Nothing was changed. Run `waymark uninstall` first, then `waymark uninstall --purge`.'
        : 'Nothing was changed; uninstall those first, or leave out --purge.',
    },
  );
}

/** @returns `undefined` if another program changed the file meanwhile; nothing was written then. */
function write(
  scope: Scope,
  context: InstallerContext,
): Pick<UninstallResult, 'plan' | 'backup'> | undefined {
  const plan = planUninstall(scope, context);
  if (!plan.changed || plan.before === undefined) return { plan, backup: undefined };
  const backup = backUpDated(context.folder.root, plan.target, plan.before, context.clock());
  if (isWritten(plan, plan.before)) return { plan, backup };
  removeQuietly(backup);
  return undefined;
}

function isWritten({ target, after }: Plan, before: string): boolean {
  if (after !== undefined) return writeSettingsFile(target, before, after);
  if (readSettingsFile(target) !== before) return false;
  removeFile(target);
  return true;
}

function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot remove ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function removeRest(
  names: readonly string[] | undefined,
  context: InstallerContext,
): Promise<void> {
  if (hasService(context, context.platform)) await removeService(context, context.platform);
  await stopWorker(context);
  setForPlugin(context.folder.root, false);
  removeServedRecord(context.folder.bin);
  removeHookFiles(context.folder.bin, listHookNames(names));
  removeTree(packageCopiesFolder(context.folder.root));
}

/** Deletes what was recorded, and the folders above it that were made for it, if they are empty. */
function purgeAll({ folder }: InstallerContext): PurgeResult {
  const parents = readMadeParents(folder.root);
  const purged = purgeState(folder);
  removeEmptyFolders(parents);
  return purged;
}

function requireOwnFolder(purge: boolean, { folder, environment }: InstallerContext): void {
  if (purge) requireDedicatedFolder(folder.root, environment['HOME']);
  else requireWaymarkFolder(folder.root);
}

/** A worker that cannot be asked to stop does no harm: the hooks are removed either way. */
async function stopWorker({
  folder,
  origin,
  environment,
  node,
  run,
}: InstallerContext): Promise<void> {
  if (!existsSync(folder.root)) return;
  const recorded = existsSync(`${folder.bin}/package`)
    ? readFileSync(`${folder.bin}/package`, 'utf8').trim()
    : origin.folder;
  const program = [recorded, origin.folder]
    .map((place) => `${place}/dist/waymark.cjs`)
    .find((place) => existsSync(place));
  if (program === undefined) return;
  await run(node, [program, 'worker', 'stop'], {
    environment: { ...environment, WAYMARK_HOME: folder.root },
    cwd: folder.root,
    timeoutMs: 20_000,
  });
}
