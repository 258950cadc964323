import { copyFileSync, mkdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../core/errors.ts';
import type { Environment } from '../git/run-git.ts';
import { callRepositoryGit, type RepositoryGit } from '../git/repository-git.ts';
import { GitFailure } from '../git/git-failure.ts';
import {
  isAtOrBelow,
  type Repository,
  readGitOperation,
  type WorkTree,
} from '../snapshots/work-tree.ts';
import { type AutoCommit, branchName, RefusedCommit, type TurnEnd } from './auto-commit.ts';
import { formatCommitMessage, TURN_TRAILER } from './commit-message.ts';
import { requireNoSecrets } from './find-secrets.ts';
import { makeScratch } from './scratch.ts';
import { diffTrees } from './tree-differences.ts';

export interface CommitParts {
  readonly environment: Environment;
  /** The state folder, whose files are never committed. */
  readonly stateRoot: string;
  /** Where a private index and drafts may be for a moment. */
  readonly temporary: string;
  readonly signal: AbortSignal;
  /** Longest time for the hooks of the repository together. */
  readonly hooksMs: number;
  /** When to look first whether git waits for a pipe in the work tree. */
  readonly watchMs?: number | undefined;
}

/**
 * Commits the files of a work tree, as `git add --all` takes them, to the branch of the session.
 * HEAD, the index, the work tree, the stash and every other branch stay as they are: the index is a
 * private copy, and new objects are drafts outside of the repository until no secret was found.
 * Once for each turn, and never without a difference. Never rejects because of the repository.
 *
 * @throws the signal's reason when it was aborted.
 */
export async function makeCommit(
  tree: WorkTree & { readonly repository: Repository },
  turn: TurnEnd,
  parts: CommitParts,
): Promise<AutoCommit> {
  const scratch = makeScratch(parts.temporary);
  try {
    return await commitIn(scratch, tree, turn, parts);
  } catch (error) {
    parts.signal.throwIfAborted();
    if (error instanceof RefusedCommit) return { kind: 'refused', refusal: error.refusal };
    if (error instanceof GitFailure)
      return { kind: 'refused', refusal: { cause: 'git', reason: error.message } };
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 2 });
  }
}

/**
 * The commit that was made for a turn before; `undefined` if there is none. Changes nothing.
 * @throws the signal's reason when it was aborted.
 */
export async function findCommit(
  tree: WorkTree & { readonly repository: Repository },
  turn: TurnEnd,
  { environment, signal }: Pick<CommitParts, 'environment' | 'signal'>,
): Promise<AutoCommit | undefined> {
  const branch = branchName(turn.session);
  if (branch === undefined) return undefined;
  const index = `${tree.repository.gitDir}/index`; // named, never used
  const git: RepositoryGit = { workTree: tree.path, environment, index, signal };
  try {
    const tip = await commitAt(git, `refs/heads/${branch}`);
    const made = tip === undefined ? undefined : await commitOfTurn(git, tip, turn);
    return made === undefined ? undefined : await madeCommit(git, branch, made);
  } catch (error) {
    if (error instanceof GitFailure) return undefined;
    throw error;
  }
}

async function commitIn(
  scratch: string,
  tree: WorkTree & { readonly repository: Repository },
  turn: TurnEnd,
  parts: CommitParts,
): Promise<AutoCommit> {
  requireQuiet(tree);
  const branch = branchName(turn.session);
  if (branch === undefined)
    throw new RefusedCommit({ cause: 'branch', reason: 'the session id cannot name a branch' });
  const git = openScratch(scratch, tree, parts);
  await requireUnmergedNone(git);
  const tip = await commitAt(git, `refs/heads/${branch}`);
  // made before, by a worker that was killed before it could say so
  const made = tip === undefined ? undefined : await commitOfTurn(git, tip, turn);
  if (made !== undefined) return await madeCommit(git, branch, made);
  await requireNotCheckedOut(git, branch);
  const head = await commitAt(git, 'HEAD');
  const parent = tip ?? head;
  const drafts = {
    folder: join(scratch, 'objects'),
    objects: `${tree.repository.commonDir}/objects`,
  };
  mkdirSync(drafts.folder);
  const drafting = { ...git, drafts };
  await callRepositoryGit(drafting, ['add', '--all']);
  const checks = { git: drafting, tree, head, parent, stateRoot: parts.stateRoot };
  const first = await checkedTree(checks);
  if (first.differences.length === 0) return { kind: 'same' };
  await takeOver(drafting, git, first.tree, [parent, head]);
  const message = join(scratch, 'COMMIT_EDITMSG');
  await writeFile(message, formatCommitMessage(turn, first.differences));
  await runHooks(git, message, parts.hooksMs);
  // hooks may have changed the index, such as one that formats
  const last = await checkedTree({ ...checks, git });
  if (last.differences.length === 0) return { kind: 'same' };
  requireQuiet(tree); // hooks take their time
  const commit = await commitTree(git, last.tree, parent, readFileSync(message));
  const old = tip ?? '0'.repeat(commit.length);
  await callRepositoryGit(git, [
    ...['update-ref', '-m', 'waymark: end of a turn'],
    ...[`refs/heads/${branch}`, commit, old],
  ]);
  return { kind: 'committed', branch, commit, parent, paths: last.differences };
}

function requireQuiet(tree: WorkTree): void {
  const underWay = readGitOperation(tree);
  if (underWay !== undefined)
    throw new RefusedCommit({ cause: 'under-way', reason: `a ${underWay} is in progress` });
}

/** A private index that knows what the repository's knows of the files. */
function openScratch(
  scratch: string,
  { path, repository }: WorkTree & { readonly repository: Repository },
  { environment, signal, watchMs }: CommitParts,
): RepositoryGit {
  const index = join(scratch, 'index');
  const own = `${repository.gitDir}/index`;
  const found = statSync(own, { throwIfNoEntry: false });
  // git would wait for what writes into a pipe, and so would the copy
  if (found !== undefined && !found.isFile())
    throw new RefusedCommit({ cause: 'git', reason: `${own} is not a file` });
  if (found !== undefined) {
    copyFileSync(own, index);
    // git compares a file's time with that of the index: a later one would hide a change
    const seconds = Math.floor(found.mtimeMs / 1_000);
    utimesSync(index, seconds, seconds);
  }
  return { workTree: path, environment, index, signal, watchMs };
}

/** Such as what a stash leaves that did not fit. */
async function requireUnmergedNone(git: RepositoryGit): Promise<void> {
  const unmerged = await callRepositoryGit(git, ['ls-files', '--unmerged', '-z']);
  if (unmerged.length > 0)
    throw new RefusedCommit({ cause: 'conflict', reason: 'the index has conflicts' });
}

async function commitAt(git: RepositoryGit, name: string): Promise<string | undefined> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    return (await callRepositoryGit(git, args)).toString('utf8').trim();
  } catch (error) {
    if (error instanceof GitFailure && !error.isMissing) return undefined;
    throw error;
  }
}

/** Commits of a branch in which that of a turn is looked for: later turns may have followed. */
const MAX_LOOKED = 50;

/** The commit of a turn, on the branch that ends with `tip`; `undefined` if there is none. */
async function commitOfTurn(
  git: RepositoryGit,
  tip: string,
  { id }: TurnEnd,
): Promise<string | undefined> {
  const args = ['rev-list', `--max-count=${MAX_LOOKED}`, '--format=%B%x00', tip];
  const printed = (await callRepositoryGit(git, args)).toString('utf8');
  const found = printed
    .split('\0')
    .find((one) => one.split('\n').includes(`${TURN_TRAILER}: ${id}`));
  return /^commit ([0-9a-f]+)$/m.exec(found ?? '')?.[1];
}

async function madeCommit(git: RepositoryGit, branch: string, commit: string): Promise<AutoCommit> {
  const parent = await commitAt(git, `${commit}^`);
  const paths = await diffTrees(git, parent, `${commit}^{tree}`);
  return { kind: 'committed', branch, commit, parent, paths };
}

/** Moving the branch under a work tree would make its files look changed. */
async function requireNotCheckedOut(git: RepositoryGit, branch: string): Promise<void> {
  const listed = await callRepositoryGit(git, ['worktree', 'list', '--porcelain']);
  if (listed.toString('utf8').split('\n').includes(`branch refs/heads/${branch}`))
    throw new RefusedCommit({ cause: 'branch', reason: `${branch} is checked out` });
}

interface Checks {
  readonly git: RepositoryGit;
  readonly tree: WorkTree;
  readonly head: string | undefined;
  readonly parent: string | undefined;
  readonly stateRoot: string;
}

/**
 * The tree of the index, and how it differs from the parent; without secrets in what HEAD does not
 * have.
 */
async function checkedTree({ git, tree, head, parent, stateRoot }: Checks) {
  const id = (await callRepositoryGit(git, ['write-tree'])).toString('utf8').trim();
  const differences = await diffTrees(git, parent, id);
  const state = differences.find(({ path }) =>
    isAtOrBelow(`${tree.path}/${Buffer.from(path, 'latin1').toString('utf8')}`, stateRoot),
  );
  if (state !== undefined)
    throw new RefusedCommit({ cause: 'git', reason: 'it contains the state folder of waymark' });
  const known = head === parent ? differences : await diffTrees(git, head, id);
  const unlikeHead = new Set(known.map(({ path }) => path));
  const fresh = differences.filter(({ path }) => unlikeHead.has(path));
  await requireNoSecrets(git, fresh);
  return { tree: id, differences };
}

/** Brings the drafts of a tree into the repository. */
async function takeOver(
  drafting: RepositoryGit,
  git: RepositoryGit,
  tree: string,
  known: ReadonlyArray<string | undefined>,
): Promise<void> {
  const without = known.flatMap((commit) => (commit === undefined ? [] : [`^${commit}\n`]));
  const wanted = `${tree}\n${without.join('')}`;
  const pack = await callRepositoryGit(drafting, ['pack-objects', '--revs', '--stdout', '-q'], {
    input: wanted,
    maxBytes: 1 << 28,
  });
  await callRepositoryGit(git, ['unpack-objects', '-q'], { input: pack });
}

/** In the order of `git commit`, with the private index. */
async function runHooks(git: RepositoryGit, message: string, hooksMs: number): Promise<void> {
  const limit = AbortSignal.timeout(hooksMs);
  const signal = AbortSignal.any([git.signal, limit]);
  const hooks = [
    ['pre-commit'],
    ['prepare-commit-msg', '--', message, 'message'],
    ['commit-msg', '--', message],
  ];
  for (const [name = '', ...args] of hooks) {
    try {
      await callRepositoryGit({ ...git, signal }, [
        'hook',
        'run',
        '--ignore-missing',
        name,
        ...args,
      ]);
    } catch (error) {
      git.signal.throwIfAborted();
      if (!limit.aborted && !(error instanceof GitFailure)) throw error;
      const said = limit.aborted
        ? `it took longer than ${hooksMs / 1_000} s`
        : readHookOutput(error);
      throw new RefusedCommit({ cause: 'hook', reason: `${name}: ${said}` });
    }
  }
}

function readHookOutput(error: unknown): string {
  const said = reasonOf(error);
  return said.includes('is not a git command') ? 'git 2.36 or later is needed to run it' : said;
}

async function commitTree(
  git: RepositoryGit,
  tree: string,
  parent: string | undefined,
  message: Buffer,
): Promise<string> {
  if (message.toString('utf8').trim() === '')
    throw new RefusedCommit({ cause: 'hook', reason: 'a hook made the message empty' });
  const parents = parent === undefined ? [] : ['-p', parent];
  const args = ['commit-tree', '--no-gpg-sign', ...parents, tree];
  return (await callRepositoryGit(git, args, { input: message })).toString('utf8').trim();
}
