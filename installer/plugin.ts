import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { isPluginEnabled } from '../lib/claude/settings/enabled-plugin.ts';
import { SCOPES, resolveSettingsPath } from '../lib/claude/settings/settings-path.ts';
import { replaceFile } from '../lib/core/replace-file.ts';
import { makePrivateFolder, realPathOr } from '../lib/core/state-folder.ts';
import { listRecords } from './install-record.ts';
import { readSettingsFile, resolveLinks } from './settings-file.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * In `bin`: the folders whose settings file starts the hooks, one a line. There the plugin, which
 * reads this at every call, leaves them to it.
 */
const SERVED = 'served';

/** In `install`: the launchers are wanted without any settings file. */
const FOR_PLUGIN = 'for-plugin';

/**
 * Notes for the plugin which settings files start the hooks; that there is such a note tells it
 * that the launchers can be used.
 * @returns whether anything changed.
 */
export function recordServedFolders({ folder }: Pick<InstallerContext, 'folder'>): boolean {
  const places = listRecords(folder.root).flatMap(({ file, place }) =>
    [dirname(file), place].flatMap((each) => each ?? []),
  );
  const all = [...new Set(places.flatMap((place) => [place, realPathOr(place)]))].sort();
  const content = all.map((place) => `${place}\n`).join('');
  const file = `${folder.bin}/${SERVED}`;
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return false;
  replaceFile(file, content, { mode: 0o600 });
  return true;
}

/** Takes that note away with the launchers. */
export function removeServedRecord(bin: string): void {
  rmSync(`${bin}/${SERVED}`, { force: true });
}

/** Whether `waymark install --no-settings` was run, and not taken back. */
export function isForPlugin(stateRoot: string): boolean {
  return existsSync(markOf(stateRoot));
}

/**
 * Remembers that the launchers are wanted without any settings file, or no longer. @returns whether
 * that is new.
 */
export function setForPlugin(stateRoot: string, isWanted: boolean): boolean {
  if (isForPlugin(stateRoot) === isWanted) return false;
  const mark = markOf(stateRoot);
  if (isWanted) {
    makePrivateFolder(dirname(mark));
    replaceFile(mark, '', { mode: 0o600 });
  } else rmSync(mark, { force: true });
  return true;
}

/**
 * Whether a session in this folder runs our plugin, as far as settings say; `--plugin-dir` is not
 * in them.
 */
export function hasPlugin({ environment, cwd }: InstallerContext): boolean {
  return isPluginEnabled(
    SCOPES.map((scope) => {
      try {
        return readSettingsFile(resolveLinks(resolveSettingsPath(scope, environment, cwd)));
      } catch {
        return undefined; // what cannot be read enables nothing
      }
    }),
  );
}

function markOf(stateRoot: string): string {
  return `${stateRoot}/install/${FOR_PLUGIN}`;
}
