import type { Config } from '../config/resolve.ts';
import type { ChangeLimits } from './list-changes.ts';
import type { WorkTree } from './work-tree.ts';

/** A folder without git has no rules of what is ignored: it must be small. */
const PLAIN: ChangeLimits = { fileBytes: 10 << 20, totalBytes: 256 << 20 };

/**
 * What one look at a work tree may take by the settings; of a folder without git, less. Every
 * command has the same, so that none reads a file that another leaves out.
 */
export function snapshotLimits(
  values: Pick<Config, 'snapshotFileSize' | 'snapshotSize'>,
  { repository }: Pick<WorkTree, 'repository'>,
): ChangeLimits {
  const set = { fileBytes: values.snapshotFileSize, totalBytes: values.snapshotSize };
  if (repository !== undefined) return set;
  return {
    fileBytes: Math.min(set.fileBytes, PLAIN.fileBytes),
    totalBytes: Math.min(set.totalBytes, PLAIN.totalBytes),
  };
}
