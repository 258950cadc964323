import { askGit, type Environment, type GitLimits } from '../git/run-git.ts';
import { statPath } from './list-changes.ts';
import { type BytePath, pathText } from './restore/path-state.ts';
import type { SnapshotStore } from './open-store.ts';
import type { LeftOutReason } from './snapshot.ts';

/**
 * Repositories inside a work tree: submodules and clones. A snapshot contains only their commits.
 */
export interface NestedCommits {
  readonly commits: ReadonlyMap<BytePath, string>;
  /** Those without a commit, or with one that git does not tell. */
  readonly unknown: ReadonlyMap<BytePath, LeftOutReason>;
}

/** Asks each for its commit. After one in which git waits, no more are asked. */
export async function readNested(
  { workTree, environment, nullId }: SnapshotStore,
  paths: readonly BytePath[],
  signal: AbortSignal | undefined,
  timeMs = ONE_MS,
): Promise<NestedCommits> {
  const unknown = new Map<BytePath, LeftOutReason>();
  const commits = new Map<BytePath, string>();
  let isLate = false;
  for (const path of paths) {
    const isAsked: boolean = !isLate && commits.size + unknown.size < MAX_ASKED;
    const folder = `${workTree}/${pathText(path)}`;
    const commit: string | undefined = isAsked
      ? await commitOf(folder, environment, { timeMs, signal })
      : undefined;
    isLate ||= commit === 'late';
    if (commit?.length === nullId.length) commits.set(path, commit);
    else unknown.set(path, isLate || !isAsked ? 'no-time' : 'no-commit');
  }
  return { commits, unknown };
}

/** Each costs a process. */
const MAX_ASKED = 100;

const ONE_MS = 10_000;

/** Whether there is still a `.git`, in a folder that is no link. */
export function isRepository(workTree: string, path: BytePath): boolean {
  const isFolder = statPath(workTree, path)?.isDirectory() === true;
  return isFolder && statPath(workTree, `${path}/.git`) !== undefined;
}

async function commitOf(
  folder: string,
  environment: Environment,
  limits: GitLimits,
): Promise<string> {
  const asked = await askGit(folder, ['rev-parse', '--verify', '-q', 'HEAD'], environment, limits);
  if ('problem' in asked) return asked.problem.kind === 'late' ? 'late' : '';
  const commit = asked.output.toString('latin1').trim();
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit : '';
}
