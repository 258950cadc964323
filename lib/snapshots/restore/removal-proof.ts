import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { callStoreGit } from '../../git/store-git.ts';
import { compareTrees, type TreeChange } from '../compare-trees.ts';
import { splitPaths } from '../ignore-rules.ts';
import { createStoreGit, type SnapshotStore } from '../open-store.ts';
import { readContents } from '../read-snapshots.ts';
import type { Snapshot } from '../snapshot.ts';
import { FILES } from '../write-commit.ts';
import {
  type BytePath,
  parentFolder,
  isPathBelow,
  type PathState,
  type PathStates,
  pathBytes,
} from './path-state.ts';
import type { RemovalProof } from './plan.ts';

export interface ProofRequest {
  readonly store: SnapshotStore;
  readonly target: Snapshot;
  readonly entries: PathStates;
  /** Paths that the target does not have. */
  readonly candidates: readonly BytePath[];
  /** All snapshots of the store. */
  readonly snapshots: readonly Snapshot[];
  /** Settings of git by which names are compared in this work tree. */
  readonly settings: readonly string[];
}

/**
 * What shows of files that they came since a snapshot: a later one of the same session has them,
 * and neither the rules of that moment nor those of any snapshot since leave them out. Changes
 * nothing outside the store's folder.
 */
export async function proveRemovals(request: ProofRequest): Promise<RemovalProof> {
  const { store, target, candidates, snapshots } = request;
  const wanted = new Set(candidates);
  const cameSince = new Set<BytePath>();
  const first = await rulesOf(store, target, [...request.entries].flatMap(isRules));
  const rules = new Map([[first.key, first]]);
  // By number: the clock may have been set back between two of them. What it makes doubtful is no
  // proof that a file came since, but its rules count.
  for (const later of snapshots.filter(({ number }) => number > target.number)) {
    const [from, to] = [target, later].map(({ commit }) => `${commit}:${FILES}`);
    const changes = await compareTrees(createStoreGit(store), from ?? '', to ?? '');
    const isOfSession = later.session === target.session && later.cause !== 'before-restore';
    const isLater = later.at > target.at;
    if (isOfSession && isLater && target.session !== undefined)
      for (const { status, path } of changes)
        if (status === 'A' && wanted.has(path)) cameSince.add(path);
    const paths = rulesAfter([...first.files.keys()], changes);
    const then = await rulesOf(store, later, paths);
    rules.set(then.key, then);
  }
  const ignored = new Set<BytePath>();
  for (const one of rules.values())
    for (const path of await ignoredBy(one, [...cameSince], request)) ignored.add(path);
  return { cameSince, isIgnored: (path) => ignored.has(path) };
}

/** What says which files are ignored: `.gitignore` files, and patterns elsewhere. */
interface Rules {
  /** Equal rules have equal ones. */
  readonly key: string;
  readonly files: ReadonlyMap<BytePath, Buffer>;
  readonly excludes: Buffer;
}

async function rulesOf(
  store: SnapshotStore,
  { commit }: Snapshot,
  paths: readonly BytePath[],
): Promise<Rules> {
  const names = [`${commit}:excludes`, ...paths.map((path) => `${commit}:${FILES}/${path}`)];
  const [excludes, ...contents] = await readContents(store, names);
  const files = new Map<BytePath, Buffer>();
  const hash = createHash('sha1').update(excludes ?? '');
  for (const [index, path] of paths.entries()) {
    const bytes = contents[index];
    if (bytes === undefined) throw new Error('a .gitignore of the snapshot is missing');
    files.set(path, bytes);
    hash.update(`\0${path}\0`, 'latin1').update(bytes);
  }
  return { key: hash.digest('hex'), files, excludes: excludes ?? Buffer.alloc(0) };
}

/** Git reads no `.gitignore` that is a link, and we none with a line break in its name. */
function isRules([path, state]: readonly [BytePath, PathState]): readonly BytePath[] {
  return state.kind === 'file' && isRulesName(path) ? [path] : [];
}

function isRulesName(path: BytePath): boolean {
  return /(?:^|\/)\.gitignore$/i.test(path) && !path.includes('\n') && isPathBelow(path);
}

function rulesAfter(
  paths: readonly BytePath[],
  changes: readonly TreeChange[],
): readonly BytePath[] {
  const now = new Set(paths);
  for (const { status, path } of changes)
    if (status === 'D') now.delete(path);
    else if (isRulesName(path)) now.add(path);
  return [...now].toSorted();
}

/**
 * The paths that git would leave out by these rules: it is asked in a folder with nothing but their
 * files.
 */
async function ignoredBy(
  { files, excludes: patterns }: Rules,
  paths: readonly BytePath[],
  { store, settings }: ProofRequest,
): Promise<readonly BytePath[]> {
  if (paths.length === 0) return [];
  const folder = mkdtempSync(`${store.folder}/rules-`);
  try {
    const workTree = `${folder}/tree`;
    mkdirSync(workTree);
    for (const [path, bytes] of files) layFile(workTree, path, bytes);
    const excludes = `${folder}/excludes`;
    writeFileSync(excludes, patterns);
    const git = createStoreGit(store, {
      ...{ workTree, index: `${folder}/index` },
      settings: [...settings, `core.excludesFile=${excludes}`],
    });
    const blob = await emptyBlob(store);
    const input = Buffer.concat(
      paths.map((path) => Buffer.concat([Buffer.from(`100644 ${blob}\t`), pathBytes(path), NUL])),
    );
    await callStoreGit(git, ['update-index', '-z', '--index-info'], { input });
    return splitPaths(
      await callStoreGit(git, ['ls-files', '-z', '-c', '-i', '--exclude-standard']),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function layFile(workTree: string, path: BytePath, bytes: Buffer): void {
  const at = (below: BytePath): Buffer =>
    Buffer.concat([Buffer.from(`${workTree}/`), pathBytes(below)]);
  mkdirSync(at(parentFolder(path)), { recursive: true, mode: 0o700 });
  writeFileSync(at(path), bytes, { flag: 'wx', mode: 0o600 });
}

const NUL = Buffer.from([0]);

async function emptyBlob(store: SnapshotStore): Promise<string> {
  const git = createStoreGit(store);
  const printed = await callStoreGit(git, ['hash-object', '-w', '--stdin'], { input: '' });
  return printed.toString('latin1').trim();
}
