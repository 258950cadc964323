import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { splitPaths } from './ignore-rules.ts';
import type { BytePath } from './restore/path-state.ts';
import type { ChangeCounts } from './snapshot.ts';

/**
 * One path in which two snapshots differ: `A` the later has it alone, `D` the earlier, `M` its
 * content, `T` its kind.
 */
export interface TreeChange {
  readonly status: 'A' | 'D' | 'M' | 'T';
  readonly path: BytePath;
}

/**
 * Paths in which two trees differ, by content and by whether they can be executed. Costs what
 * differs, not what there is.
 * @param paths Only these, and what is below them; none: all.
 */
export async function compareTrees(
  git: StoreGit,
  from: string,
  to: string,
  paths: readonly BytePath[] = [],
): Promise<readonly TreeChange[]> {
  if (from === to) return [];
  const args = ['diff-tree', '-r', '-z', '--name-status', '--no-renames', from, to, '--', ...paths];
  const fields = splitPaths(await callStoreGit(git, args));
  return fields.flatMap((field, index): readonly TreeChange[] => {
    const status = STATUSES.find((one) => one === fields[index - 1]);
    return index % 2 === 1 && status !== undefined ? [{ status, path: field }] : [];
  });
}

const STATUSES = ['A', 'D', 'M', 'T'] as const;

export function countChanges(changes: readonly TreeChange[]): ChangeCounts {
  const added = changes.filter(({ status }) => status === 'A').length;
  const removed = changes.filter(({ status }) => status === 'D').length;
  return { added, removed, changed: changes.length - added - removed };
}
