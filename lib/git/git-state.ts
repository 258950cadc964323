import { askGit, type Environment, type GitLimits } from './run-git.ts';

/** The state of a work tree according to git. */
export interface GitState {
  /** `null` when HEAD is detached. */
  readonly branch: string | null;
  /** Number of uncommitted files; a new folder counts as one. */
  readonly changed: number;
  /** The first of these files, as `M path` or `?? path`. */
  readonly files: readonly string[];
}

const MAX_FILES = 8;

const STATUS = [
  'status',
  '--porcelain=v1',
  '--branch',
  '-z',
  '--untracked-files=normal',
  '--ignore-submodules=all',
];

/**
 * Time limit of `git status` for a command that a user waits for. In a large repository whose files
 * the disk has to read it takes seconds.
 */
export const FOR_A_COMMAND: GitLimits = { timeMs: 10_000 };

/** Time limit of `git status` in the background. */
export const IN_THE_BACKGROUND: GitLimits = { timeMs: 120_000 };

/**
 * Reads the git state of `folder`. Returns `undefined` without git, outside a work tree, or when
 * git takes too long.
 */
export async function readGitState(
  folder: string,
  environment: Environment,
  limits: GitLimits,
): Promise<GitState | undefined> {
  const answer = await askGit(folder, STATUS, environment, limits);
  return 'problem' in answer ? undefined : stateIn(answer.output.toString('utf8'));
}

/** Parses the output of `git status --porcelain=v1 --branch -z`. */
export function stateIn(output: string): GitState {
  const [head = '', ...fields] = output.split('\0');
  const files: string[] = [];
  let changed = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? '';
    if (field === '') continue;
    changed += 1;
    if (files.length < MAX_FILES) files.push(`${field.slice(0, 2).trim()} ${field.slice(3)}`);
    if (/^[RC]|^.[RC]/.test(field)) index += 1; // The old name follows.
  }
  return { branch: branchIn(head), changed, files };
}

function branchIn(head: string): string | null {
  const name = head.replace(/^## (?:No commits yet on |Initial commit on )?/, '');
  if (name.startsWith('HEAD (no branch)')) return null;
  return name.replace(/\.\.\..*$/, '').replace(/ \[.*\]$/, '') || null;
}
