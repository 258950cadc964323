import { callRepositoryGit, type RepositoryGit } from '../git/repository-git.ts';
import type { CommittedPath } from './auto-commit.ts';

/** One path in which a tree differs from an earlier one. */
export interface TreeDifference extends CommittedPath {
  /** Its content in the later tree. */
  readonly oid: string;
  /** Whether it is a file or link there, not a repository. */
  readonly isFile: boolean;
}

/** @param from A commit; left out: everything is added. */
export async function diffTrees(
  git: RepositoryGit,
  from: string | undefined,
  tree: string,
): Promise<readonly TreeDifference[]> {
  const earlier = from === undefined ? await emptyTree(git) : `${from}^{tree}`;
  const printed = await callRepositoryGit(git, [...DIFF, earlier, tree]);
  const fields = printed.toString('latin1').split('\0').slice(0, -1);
  return fields.flatMap((head, index) => {
    const path = fields[index + 1];
    const [, mode, oid, letter] = /^:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) ([AMDT])$/.exec(head) ?? [];
    if (index % 2 === 1 || path === undefined || mode === undefined || oid === undefined) return [];
    return [{ path, oid, isFile: mode !== '160000', status: STATUS[letter ?? ''] ?? 'changed' }];
  });
}

const DIFF = ['diff-tree', '-r', '-z', '--no-renames', '--no-ext-diff'];

const STATUS: Readonly<Record<string, CommittedPath['status']>> = { A: 'added', D: 'removed' };

async function emptyTree(git: RepositoryGit): Promise<string> {
  const printed = await callRepositoryGit(git, ['mktree'], { input: '' });
  return printed.toString('utf8').trim();
}
