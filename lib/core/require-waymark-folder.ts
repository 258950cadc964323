import { readdirSync } from 'node:fs';
import { isWaymarkFolder, USE_ANOTHER_FOLDER } from './folder-fault.ts';
import { WaymarkError } from './errors.ts';

/** Records and backups of settings files. Uninstalling keeps them. */
const RECORD = /^[0-9a-f]{16}\./;

/** Names that an interrupted or a concurrent installation may have created. */
const UNFINISHED = /^(?:package|bin|install|log|config\.json|webhooks\.json|handlers)(?:\.lock)?$/;

/**
 * Rejects a state folder that contains files of others. Installing would mix ours with them,
 * uninstalling deletes `bin`, `log` or `package` by name, and a repair closes each file to others.
 * In `/` or a home folder, those files are not ours.
 * @throws {@link WaymarkError} HOME_UNUSABLE; nothing was changed.
 */
export function requireWaymarkFolder(root: string): void {
  const names = tryToListFolder(root);
  if (names === undefined || isWaymarkFolder(root)) return;
  if (names.every((name) => UNFINISHED.test(name))) return;
  if (tryToListFolder(`${root}/install`)?.some((name) => RECORD.test(name)) === true) return;
  throw foreignContentError(root);
}

/**
 * Stricter check for code that deletes or closes files by name: also rejects `/` and the home
 * folder if a hook or a worker left files there that make it look like ours.
 * @throws {@link WaymarkError} HOME_UNUSABLE; nothing was changed.
 */
export function requireDedicatedFolder(root: string, home: string | undefined): void {
  requireWaymarkFolder(root);
  if (root === '/' || root === home?.replace(/(?<=.)\/+$/, '')) throw foreignContentError(root);
}

function foreignContentError(root: string): WaymarkError {
  return new WaymarkError(
    'HOME_UNUSABLE',
    `Cannot use ${root} as the state folder: it contains other files`,
    { remedy: USE_ANOTHER_FOLDER },
  );
}

/**
 * Lists the names in a folder. Returns `undefined` if it is missing or closed: nothing in it can be
 * deleted then.
 */
function tryToListFolder(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
