import { existsSync, readFileSync, rmSync } from 'node:fs';
import { reasonOf, WaymarkError } from '../lib/core/errors.ts';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { keepDated } from './backups.ts';
import { removeHookFiles } from './hook-files.ts';
import { hookNames } from './hook-entries.ts';
import { removeRecord } from './install-record.ts';
import { removeEmptyFolders, withLock } from '../lib/core/with-lock.ts';
import { removeTree } from '../lib/core/remove-tree.ts';
import { isForPlugin, noteServed, removeServed, setForPlugin } from './plugin.ts';
import { otherUsers } from './other-users.ts';
import { planUninstall, type Plan } from './plan.ts';
import { hasService, removeService } from '../lib/actions/service.ts';
import { purgeState, type Purged } from '../lib/actions/purge-state.ts';
import { requireWritable, writeSettingsFile } from './settings-file.ts';
import { dropWrapped } from './status-line.ts';
import { packageHome } from './place-package.ts';
import type { Surroundings } from './surroundings.ts';

export interface Uninstalled {
  readonly plan: Plan;
  readonly backup: string | undefined;
  /** Settings files that still use the launchers; while there are any, launchers, worker and data stay. */
  readonly stillUsedBy: readonly string[];
  /** Absent without a purge. */
  readonly purged?: Purged;
}

/**
 * Takes our entries out of one settings file, and with the last one the launchers and the worker. Data stays unless `purge` is set.
 * @throws {@link WaymarkError} SETTINGS_INVALID, SETTINGS_UNWRITABLE, or INSTALL_FAILED for a purge while another settings file uses the data.
 */
export async function uninstall(
  scope: Scope,
  purge: boolean,
  around: Surroundings,
): Promise<Uninstalled> {
  const preview = planUninstall(scope, around);
  const stillUsedBy = [...otherUsers(preview.target, around), ...pluginUse(preview, around)];
  if (purge) refuseWhileUsed(stillUsedBy, around);
  if (preview.changed) requireWritable(preview.target);
  const done = preview.changed
    ? await withLock(preview.target, around.lockRetries, () => write(scope, around))
    : { plan: preview, backup: undefined };
  if (done.plan.changed && done.plan.after === undefined)
    removeEmptyFolders(preview.record?.madeFolders ?? []);
  removeRecord(around.folder.root, preview.target);
  dropWrapped(preview.target, around);
  if (stillUsedBy.length === 0) await removeRest(preview.record?.names, around);
  else noteServed(around);
  if (!purge) return { ...done, stillUsedBy };
  return { plan: done.plan, backup: undefined, stillUsedBy, purged: purgeState(around.folder) }; // the backup went with the folder
}

/**
 * Takes the launchers out that were installed for the plugin, unless a settings file uses them.
 * @throws {@link WaymarkError} INSTALL_FAILED for a purge while a settings file uses the data.
 */
export async function uninstallFiles(
  purge: boolean,
  around: Surroundings,
): Promise<Pick<Uninstalled, 'stillUsedBy' | 'purged'>> {
  const stillUsedBy = otherUsers('', around);
  if (purge) refuseWhileUsed(stillUsedBy, around);
  setForPlugin(around.folder.root, false);
  if (stillUsedBy.length === 0) await removeRest(undefined, around);
  return { stillUsedBy, ...(purge ? { purged: purgeState(around.folder) } : {}) };
}

/** Hooks that go out of a settings file leave the launchers to the plugin; where there are none, it is the plugin's that are meant. */
function pluginUse({ removed, hadLine }: Plan, { folder }: Surroundings): readonly string[] {
  return isForPlugin(folder.root) && (removed > 0 || hadLine) ? [PLUGIN] : [];
}

/** As the user of the launchers. */
const PLUGIN = 'the plugin';

function refuseWhileUsed(users: readonly string[], { folder }: Surroundings): void {
  if (users.length === 0) return;
  throw new WaymarkError(
    'INSTALL_FAILED',
    `Cannot delete ${folder.root}: it is still used by ${users.join(', ')}`,
    {
      remedy: users.includes(PLUGIN)
        ? 'Nothing was changed. Run `waymark uninstall` first, and `waymark uninstall --purge` then.'
        : 'Nothing was changed; uninstall those first, or leave out --purge.',
    },
  );
}

function write(scope: Scope, around: Surroundings): Pick<Uninstalled, 'plan' | 'backup'> {
  const plan = planUninstall(scope, around);
  if (!plan.changed || plan.before === undefined) return { plan, backup: undefined };
  const backup = keepDated(around.folder.root, plan.target, plan.before, around.clock());
  if (plan.after === undefined) removeFile(plan.target);
  else writeSettingsFile(plan.target, plan.after);
  return { plan, backup };
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
  around: Surroundings,
): Promise<void> {
  if (hasService(around, around.platform)) await removeService(around, around.platform);
  await stopWorker(around);
  setForPlugin(around.folder.root, false);
  removeServed(around.folder.bin);
  removeHookFiles(around.folder.bin, hookNames(names));
  removeTree(packageHome(around.folder.root));
}

/** A worker that cannot be asked to stop does no harm: the hooks are removed either way. */
async function stopWorker({ folder, origin, environment, node, run }: Surroundings): Promise<void> {
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
