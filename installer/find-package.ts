import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WaymarkError } from '../lib/core/errors.ts';
import { parseJsonObject, stringField } from '../lib/core/json.ts';
import { realPathOr } from '../lib/core/state-folder.ts';

export interface InstalledPackage {
  /** Absolute, with links resolved. */
  readonly folder: string;
  readonly version: string;
}

/** The waymark package that the module at `url` belongs to, built or not. @throws {@link WaymarkError} INSTALL_FAILED outside of one. */
export function findPackage(url: string): InstalledPackage {
  const start = dirname(realPathOr(fileURLToPath(url)));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = readManifest(folder);
    if (manifest?.['name'] === 'waymark')
      return { folder, version: stringField(manifest, 'version') ?? '0.0.0' };
    if (folder === dirname(folder))
      throw new WaymarkError(
        'INSTALL_FAILED',
        `Cannot find the waymark package: no package.json above ${start}`,
      );
  }
}

/** `package.json` of a folder, or `undefined` without a readable one. */
export function readManifest(folder: string): ReturnType<typeof parseJsonObject> {
  const file = join(folder, 'package.json');
  return existsSync(file) ? parseJsonObject(readFileSync(file, 'utf8')) : undefined;
}

/**
 * Whether a package is in a place that may be cleaned up without notice: the caches behind `npx`, `pnpm dlx`, `bunx` and
 * `yarn dlx`, or a temporary folder.
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
