import { lstatSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { shortHash16 } from '../core/short-hash.ts';
import { realPathOr } from '../core/state-folder.ts';
import {
  type AskGit,
  askGit,
  type Environment,
  type GitLimits,
  type GitProblem,
  SMALL_CALL,
} from '../git/run-git.ts';
import { createRefusal, explainProblem } from './refusals.ts';

/** A folder whose files are kept, and what git says about it. */
export interface WorkTree {
  /** Links resolved. */
  readonly path: string;
  /** `undefined`: a folder without git. */
  readonly repository: Repository | undefined;
}

export interface Repository {
  readonly gitDir: string;
  /** That of the main work tree, for a linked one. */
  readonly commonDir: string;
  readonly objectFormat: string;
  /** Names this `.git` among all that were ever here: a clone made anew has another. */
  readonly identity: string;
}

export interface FindWorkTreeOptions {
  readonly environment: Environment;
  /** The state folder, which is never kept in itself. */
  readonly stateRoot: string;
  /** Whether a folder without git will do. */
  readonly mayBePlain?: boolean;
  readonly gitLimits?: GitLimits;
  /** How to ask git about the repository. */
  readonly ask?: AskGit;
}

/**
 * The work tree that `folder` is in.
 * @throws {@link WaymarkError} SNAPSHOT_REFUSED when its files must not, or cannot, be kept;
 * SNAPSHOT_FAILED while git is missing or too slow; the signal's reason.
 */
export async function findWorkTree(
  folder: string,
  options: FindWorkTreeOptions,
): Promise<WorkTree> {
  const start = realPathOr(folder);
  if (lstatSync(start, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw createRefusal(
      folder,
      'it is not a folder, or it does not exist',
      'Give a folder that exists.',
    );
  const { environment, gitLimits = SMALL_CALL, ask = askGit } = options;
  const asked = await ask(start, REV_PARSE, environment, gitLimits);
  const found = 'problem' in asked ? asked.problem : readAnswer(asked.output, start);
  const isPlain = 'kind' in found;
  const path = isPlain ? start : realPathOr(found.top);
  requireNarrow(path, options);
  if (isPlain) requirePlain(start, found, options);
  return { path, repository: isPlain ? undefined : found.repository };
}

/** Name of the store of a work tree below `snapshots/`. */
export function storeName(workTree: string): string {
  const label = basename(workTree)
    .replace(/[^\w.-]+/g, '_')
    .slice(0, MAX_LABEL)
    .replace(/^\./, '_');
  return `${label || '_'}-${shortHash16(workTree)}`;
}

const MAX_LABEL = 40;

const REV_PARSE = [
  ...['rev-parse', '--show-toplevel', '--absolute-git-dir', '--show-object-format'],
  ...['--git-common-dir'],
];

/** @returns a problem if the work tree has no `.git` at its top that we can name. */
function readAnswer(
  answer: Buffer,
  askedIn: string,
): { readonly top: string; readonly repository: Repository } | GitProblem {
  const [top, gitDir, objectFormat, common, ...rest] = answer
    .toString('utf8')
    .replace(/\n$/, '')
    .split('\n');
  if (top === undefined || gitDir === undefined || objectFormat === undefined) return ODD_NAME;
  if (common === undefined || rest.length > 0 || top.includes('\ufffd')) return ODD_NAME;
  const commonDir = resolve(askedIn, common);
  const identity = readIdentity(top);
  if (identity === undefined)
    return { kind: 'failed', reason: `its work tree is ${top} (core.worktree)` };
  return {
    top,
    repository: { gitDir, commonDir, objectFormat, identity },
  };
}

/** Names the `.git` of a work tree; `undefined` if there is none. */
export function readIdentity(workTree: string): string | undefined {
  const found = lstatSync(`${workTree}/.git`, { throwIfNoEntry: false });
  return found && `${found.ino}-${found.birthtimeMs}`;
}

const ODD_NAME: GitProblem = {
  kind: 'failed',
  reason: 'its path has a line break or bytes that are not UTF-8',
};

/** Git reports no work tree here: either there is none, or git cannot read it. */
function requirePlain(
  start: string,
  problem: GitProblem,
  { mayBePlain = false }: FindWorkTreeOptions,
): void {
  const top = folderWithGit(start);
  if (top !== undefined) throw explainProblem(top, problem);
  if (!mayBePlain)
    throw createRefusal(
      start,
      'it is not in a git repository',
      'Run `git init` there, or `waymark checkpoint --plain` for one snapshot of a folder without git.',
    );
}

/** The nearest folder at or above this one that has a `.git`. */
function folderWithGit(folder: string): string | undefined {
  if (lstatSync(`${folder}/.git`, { throwIfNoEntry: false }) !== undefined) return folder;
  return dirname(folder) === folder ? undefined : folderWithGit(dirname(folder));
}

/** A home folder is no project: it has everything that a user has. */
function requireNarrow(path: string, { environment, stateRoot }: FindWorkTreeOptions): void {
  const remedy = 'Work in the folder of one project.';
  const home = environment['HOME'];
  if (path === '/') throw createRefusal(path, 'it is the whole disk', remedy);
  if (home !== undefined && home !== '' && isAtOrBelow(realPathOr(home), path))
    throw createRefusal(path, 'it is, or contains, your home folder', remedy);
  if (isAtOrBelow(path, realPathOr(stateRoot)))
    throw createRefusal(path, 'it is in the state folder of waymark', remedy);
}

/** Whether `path` is `folder`, or in it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

const UNDER_WAY = {
  MERGE_HEAD: 'merge',
  'rebase-merge': 'rebase',
  'rebase-apply': 'rebase',
  CHERRY_PICK_HEAD: 'cherry-pick',
  REVERT_HEAD: 'revert',
  BISECT_LOG: 'bisect',
} as const;

/** What git is in the middle of there: `merge`, `rebase` and the like. */
export function readGitOperation({ repository }: WorkTree): string | undefined {
  if (repository === undefined) return undefined;
  return Object.entries(UNDER_WAY).find(
    ([name]) => lstatSync(`${repository.gitDir}/${name}`, { throwIfNoEntry: false }) !== undefined,
  )?.[1];
}
