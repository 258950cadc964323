import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';
import { removeTree } from '../lib/core/remove-tree.ts';
import { errnoOf, reasonOf, WaymarkError } from '../lib/core/errors.ts';
import { realPathOr } from '../lib/core/state-folder.ts';
import { copyPackage } from './copy-package.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * The folder from which the package can be run for good: where it is, or a copy in the state folder
 * if it is in a cache. The copy appears whole or not at all; one with the same program is kept.
 * @throws {@link WaymarkError} INSTALL_FAILED when it cannot be copied.
 */
export function placePackage({
  origin,
  folder,
  temporaryFolders,
}: Pick<InstallerContext, 'origin' | 'folder' | 'temporaryFolders'>): string {
  const home = packageCopiesFolder(folder.root);
  if (!needsCopy(origin.folder, folder.root, temporaryFolders)) return origin.folder;
  const target = `${home}/${origin.version}`;
  if (fingerprint(target) === fingerprint(origin.folder)) return target;
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    replaceByCopy(origin.folder, target, mkdtempSync(`${home}/.new-`));
  } catch (error) {
    throw new WaymarkError(
      'INSTALL_FAILED',
      `Cannot copy the package to ${target}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
  return target;
}

function replaceByCopy(source: string, target: string, fresh: string): void {
  const [copy, old] = [`${fresh}/copy`, `${fresh}/old`];
  try {
    copyPackage(source, copy);
    for (let tries = 1; ; tries += 1) {
      try {
        if (existsSync(target)) renameSync(target, `${old}-${tries}`);
        renameSync(copy, target);
        return;
      } catch (error) {
        // another installer was faster: ENOTEMPTY where it put its copy, ENOENT where it took the
        // old one away
        const isRace = ['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error));
        if (!isRace || tries === MAX_TRIES) throw error;
        if (fingerprint(target) === fingerprint(copy)) return;
      }
    }
  } finally {
    removeTree(fresh);
  }
}

const MAX_TRIES = 20;

/** Whether emptying a cache would delete the package. */
export function needsCopy(
  packageFolder: string,
  stateRoot: string,
  temporaryFolders: readonly string[],
): boolean {
  return (
    isDisposable(packageFolder, temporaryFolders) &&
    !isInside(packageFolder, realPathOr(packageCopiesFolder(stateRoot)))
  );
}

/** The folder of copied packages. */
export function packageCopiesFolder(stateRoot: string): string {
  return `${stateRoot}/package`;
}

/** Names and contents of all that is built, or `undefined` without `dist`. */
function fingerprint(folder: string): string | undefined {
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) return undefined;
  const hash = createHash('sha256');
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) hash.update(`${path.slice(dist.length)}\0`).update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * Whether a package is in a place that may be cleaned up without notice: the caches behind `npx`,
 * `pnpm dlx`, `bunx` and `yarn dlx`, or a temporary folder.
 */
export function isDisposable(folder: string, temporaryFolders: readonly string[]): boolean {
  if (/[\\/](?:_npx|dlx|dlx-[^\\/]+|bunx-[^\\/]+|xfs-[^\\/]+)[\\/]/.test(`${folder}/`)) return true;
  return temporaryFolders.some((temporary) => isInside(folder, temporary));
}

/** Whether `path` is `folder` or below it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return (
    way === '' ||
    !(way === '..' || way.startsWith('../') || way.startsWith('..\\') || /^[A-Za-z]:/.test(way))
  );
}
