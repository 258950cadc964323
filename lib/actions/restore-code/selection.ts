import { resolve } from 'node:path';
import { WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { type BytePath, toBytePath } from '../../snapshots/restore/path-state.ts';

/** What paths on a command line mean. */
export interface NamedPaths {
  readonly cwd: string;
  readonly paths: readonly string[];
}

/**
 * Whether a path below the work tree is one of those that were named, or in a folder that was.
 * Without names every path is.
 * @throws {@link WaymarkError} USAGE for a path outside of the work tree.
 */
export function createPathFilter(
  workTree: string,
  { cwd, paths }: NamedPaths,
): (path: BytePath) => boolean {
  if (paths.length === 0) return () => true;
  const folder = realPathOr(cwd);
  const named = paths.map((path) => {
    const full = resolve(folder, path);
    if (full === workTree) return '';
    if (full.startsWith(`${workTree}/`)) return toBytePath(full.slice(workTree.length + 1));
    throw new WaymarkError('USAGE', `Cannot restore ${path}: it is not in ${workTree}`, {
      remedy: 'Give paths of this work tree.',
    });
  });
  return (path) => named.some((one) => one === '' || path === one || path.startsWith(`${one}/`));
}
