import { type Environment, runGit } from '../git/run-git.ts';
import { statPath } from './list-changes.ts';
import { type BytePath, pathText } from './restore/path-state.ts';
import type { SnapshotStore } from './open-store.ts';

/**
 * Repositories inside a work tree: submodules, and what somebody cloned there. A snapshot has their
 * commits alone.
 */
export interface NestedCommits {
  readonly commits: ReadonlyMap<BytePath, string>;
  /** Those without a commit, or with one that git does not tell. */
  readonly unknown: readonly BytePath[];
}

/** Asks each for its commit. */
export async function readNested(
  { workTree, environment, nullId }: SnapshotStore,
  paths: readonly BytePath[],
): Promise<NestedCommits> {
  const unknown: BytePath[] = [];
  const commits = new Map<BytePath, string>();
  for (const path of paths) {
    const isAsked = commits.size < MAX_ASKED;
    const commit = isAsked ? await commitOf(`${workTree}/${pathText(path)}`, environment) : '';
    if (commit.length === nullId.length) commits.set(path, commit);
    else unknown.push(path);
  }
  return { commits, unknown };
}

/** Each costs two processes. */
const MAX_ASKED = 100;

/** Whether there is still a `.git`, in a folder that is no link. */
export function isRepository(workTree: string, path: BytePath): boolean {
  const isFolder = statPath(workTree, path)?.isDirectory() === true;
  return isFolder && statPath(workTree, `${path}/.git`) !== undefined;
}

async function commitOf(folder: string, environment: Environment): Promise<string> {
  const asked = await runGit(folder, ['rev-parse', '--verify', '-q', 'HEAD'], environment);
  const commit = asked?.trim() ?? '';
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit : '';
}
