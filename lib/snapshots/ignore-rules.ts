import { lstatSync, readFileSync, statSync } from 'node:fs';
import { replaceFile } from '../core/replace-file.ts';
import {
  type AskGit,
  askGit,
  type Environment,
  type GitLimits,
  SMALL_CALL,
} from '../git/run-git.ts';
import { GitBlocked, GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { type BytePath, toBytePath } from './restore/path-state.ts';
import type { SnapshotStore } from './open-store.ts';
import { explainProblem } from './refusals.ts';
import { isAtOrBelow, type WorkTree } from './work-tree.ts';

/**
 * What the repository's configuration says about which files there are, and how names and modes
 * compare.
 */
export interface TreeRules {
  /** Patterns of ignored files that are in no `.gitignore`, one a line, as bytes. */
  readonly excludes: string;
  /** Settings of the repository that our calls of git follow. */
  readonly settings: readonly string[];
  /** Whether names, links and modes are there as files have them, so that we may read them. */
  readonly areModesKept: boolean;
}

/**
 * Reads them without running anything that the configuration names.
 * @throws {@link WaymarkError} when git does not tell them: by other rules, a snapshot would have
 * files that the user ignores.
 */
export async function readTreeRules(
  tree: WorkTree,
  environment: Environment,
  stateRoot: string,
  limits = SMALL_CALL,
  ask: AskGit = askGit,
): Promise<TreeRules> {
  const asked =
    tree.repository === undefined ? '' : await askWanted(tree, environment, limits, ask);
  const found = new Map(
    asked.split('\0').flatMap((line) => {
      const cut = line.indexOf('\n');
      return cut === -1 ? [] : [[line.slice(0, cut).toLowerCase(), line.slice(cut + 1)]];
    }),
  );
  const common = tree.repository?.commonDir;
  const excludes = [
    readPatterns(excludesFile(found.get('core.excludesfile'), environment)),
    common === undefined ? '' : readPatterns(`${common}/info/exclude`),
    isAtOrBelow(stateRoot, tree.path)
      ? `/${toBytePath(stateRoot.slice(tree.path.length + 1))}/`
      : '',
  ].join('\n');
  const settings = FOLLOWED.flatMap((name) => {
    const value = found.get(name);
    return value !== undefined && /^(?:true|false)$/.test(value) ? [`${name}=${value}`] : [];
  });
  const all = [...settings, `core.ignorecase=${isCaseBlind(tree)}`];
  return { excludes, settings: all, areModesKept: !all.some((one) => UNUSUAL.has(one)) };
}

async function askWanted(
  { path }: WorkTree,
  environment: Environment,
  limits: GitLimits,
  ask: AskGit,
): Promise<string> {
  const asked = await ask(path, WANTED, environment, limits);
  if (!('problem' in asked)) return asked.output.toString('utf8');
  if (asked.problem.status === NO_SUCH_KEY) return '';
  throw explainProblem(path, asked.problem);
}

/** With which `git config` ends if it has none of the keys. */
const NO_SUCH_KEY = 1;

/**
 * Whether the file system takes `a` and `A` for one name. A configuration can be wrong about it,
 * such as one that came from another machine, and git would then pass over the second of two files.
 */
function isCaseBlind({ path, repository }: WorkTree): boolean {
  if (repository === undefined) return false;
  const [asIs, other] = ['.git', '.GIT'].map((name) =>
    lstatSync(`${path}/${name}`, { throwIfNoEntry: false }),
  );
  return asIs !== undefined && other?.ino === asIs.ino;
}

/** Hands them to the store. @returns whether they are others than last time. */
export function writeIgnoreRules(store: SnapshotStore, { excludes }: TreeRules): boolean {
  const path = `${store.folder}/info/exclude`;
  if (readPatterns(path) === excludes) return false;
  replaceFile(path, Buffer.from(excludes, 'latin1'), { mode: 0o600, fsync: false });
  return true;
}

/**
 * Files that the repository tracks although they are ignored. Its index is only read.
 * @returns `undefined` if git does not read that index.
 */
export async function listIgnoredTracked(
  tree: WorkTree,
  git: StoreGit,
): Promise<readonly BytePath[] | undefined> {
  if (tree.repository === undefined) return [];
  const index = `${tree.repository.gitDir}/index`;
  const found = statSync(index, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isFile()) return undefined; // git would wait for what writes into a pipe
  try {
    // our git directory and their index: nothing of their configuration is read
    return splitPaths(await callStoreGit({ ...git, index }, LIST_IGNORED));
  } catch (error) {
    if (!(error instanceof GitFailure) || error instanceof GitBlocked) throw error;
    // an index that is split or sparse needs more of their git directory
    const limits = { timeMs: INDEX_MS, signal: git.signal };
    const asked = await askGit(tree.path, LIST_IGNORED, git.environment, limits);
    return 'problem' in asked ? undefined : splitPaths(asked.output);
  }
}

/** A large index takes seconds to read, on a busy machine many more. */
const INDEX_MS = 120_000;

/** Files that the store has though they are ignored now. */
export async function listIgnoredInStore(git: StoreGit): Promise<readonly BytePath[]> {
  return splitPaths(await callStoreGit(git, LIST_IGNORED));
}

/** Paths that git prints with `-z`. */
export function splitPaths(printed: Buffer): readonly BytePath[] {
  return printed.toString('latin1').split('\0').slice(0, -1);
}

const WANTED = [
  'config',
  '-z',
  '--get-regexp',
  '^core\\.(excludesfile|precomposeunicode|filemode|symlinks)$',
];

const FOLLOWED = ['core.precomposeunicode', 'core.filemode', 'core.symlinks'];

const UNUSUAL = new Set([
  ...['core.precomposeunicode=true', 'core.filemode=false', 'core.symlinks=false'],
  'core.ignorecase=true',
]);

const LIST_IGNORED = ['ls-files', '-z', '-c', '-i', '--exclude-standard'];

/** No list of patterns is longer. */
const MAX_BYTES = 1 << 20;

function excludesFile(named: string | undefined, environment: Environment): string | undefined {
  const home = environment['HOME'];
  if (named === '') return undefined;
  if (named?.startsWith('~/') === true) return `${home}${named.slice(1)}`;
  if (named !== undefined) return named.startsWith('/') ? named : undefined;
  const folder = environment['XDG_CONFIG_HOME'] || (home === undefined ? '' : `${home}/.config`);
  return folder === '' ? undefined : `${folder}/git/ignore`;
}

/** The bytes of a plain file; none of one that is missing, huge, or no file. */
function readPatterns(path: string | undefined): string {
  if (path === undefined) return '';
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > MAX_BYTES) return '';
    return readFileSync(path, 'latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  } catch {
    return '';
  }
}
