import { lstatSync } from 'node:fs';
import type { StoreGit } from '../git/store-git.ts';
import {
  writeIgnoreRules,
  listIgnoredInStore,
  listIgnoredTracked,
  type TreeRules,
} from './ignore-rules.ts';
import { type Ahead, findChangedAhead } from './ahead.ts';
import { listIndexEntries } from './index-entries.ts';
import {
  type ChangeLimits,
  listDiffering,
  type Listing,
  type SortedPaths,
  sortPaths,
  statPath,
} from './list-changes.ts';
import { listAtOnce } from './list-at-once.ts';
import { BrokenLookIndex, deleteLookIndexes, keepLookIndex, openLookIndex } from './look-index.ts';
import { isRepository } from './nested.ts';
import type { SnapshotStore } from './open-store.ts';
import { findChangedSince } from './recheck.ts';
import type { BytePath } from './restore/path-state.ts';
import { editIndex } from './stage-files.ts';
import { readKnownNested, type StoreState, writeKnownNested, writeState } from './store-state.ts';
import type { WorkTree } from './work-tree.ts';

export interface SurveyParts {
  readonly git: StoreGit;
  readonly store: SnapshotStore;
  readonly tree: WorkTree;
  readonly rules: TreeRules;
  readonly limits: ChangeLimits;
  /** Of the snapshot before; left out: the index is empty. */
  readonly state: StoreState | undefined;
}

/** How the work tree differs from the snapshot before, and from the index. */
export interface Survey {
  readonly nested: readonly BytePath[];
  readonly trackedStamp: string;
  /** Paths that are not as the snapshot before has them. */
  readonly fresh: ReadonlySet<BytePath>;
  /** All that a snapshot of few changes needs; left out: the index must learn of the changes. */
  readonly few: FewChanges | undefined;
  readonly listIndexChanges: () => Promise<IndexChanges>;
}

/** What the index must learn, beside the content of files. */
export interface IndexChanges extends SortedPaths {
  /** What is in the index though it is ignored by now. */
  readonly dropped: readonly BytePath[];
  /** Entries of the index that git takes for unchanged, of paths that did change. */
  readonly distrusted: readonly string[];
}

/** Few changes since the snapshot before, which need no change of the index. */
export interface FewChanges extends SortedPaths {
  /** What the snapshot before has though it is ignored by now. */
  readonly dropped: readonly BytePath[];
  /** Mode and object of a path in the snapshot before; none: it does not have the path. */
  readonly before: ReadonlyMap<BytePath, string>;
  /** Whether the index lacks a path. */
  readonly isNew: (path: BytePath) => boolean;
}

/**
 * Compares the work tree with the index, by the rules of now. The index loses nested repositories
 * that are none any more; else nothing changes.
 */
export async function surveyTree(parts: SurveyParts): Promise<Survey> {
  const { git, store, tree, rules, state } = parts;
  const known = readKnownNested(store);
  const nested = known.filter((path) => isRepository(store.workTree, path));
  // git takes such a folder for a repository, and lists nothing in it, as long as the index has it
  // as one
  const ended = known.filter((path) => !nested.includes(path));
  if (ended.length > 0 && state !== undefined) writeState(store, { ...state, isIndexing: true });
  await editIndex(git, ended, new Map(), store.nullId);
  const areNew = writeIgnoreRules(store, rules);
  const trackedStamp = stampOf(tree);
  const isDue = state === undefined || areNew || state.trackedStamp !== trackedStamp;
  const first = await look(parts, isDue ? await askIgnored(parts) : NONE);
  const all = [...new Set([...nested, ...first.listing.nested])];
  if (all.length + known.length > 0) writeKnownNested(store, all);
  const isAgain = !isDue && [...first.fresh].some((path) => RULES.test(path));
  const seen = isAgain ? await look(parts, await askIgnored(parts)) : first;
  const isUnknown = seen.ignored === UNKNOWN;
  const found = { nested: all, trackedStamp: isUnknown ? '?' : trackedStamp, fresh: seen.fresh };
  const few = all.length + known.length > 0 ? undefined : findFew(parts, seen);
  if (few !== undefined) keepLookIndex(store); // the index stays as it is
  return { ...found, few, listIndexChanges: () => findIndexChanges(parts, seen) };
}

const RULES = /(?:^|\/)\.gitignore$/i;

interface Look {
  readonly listing: Listing;
  readonly ignored: IgnoredPaths;
  readonly fresh: ReadonlySet<BytePath>;
  /** Entries of the index of paths in which git sees no change, though there is one. */
  readonly unseen: ReadonlyMap<BytePath, string>;
}

async function look(parts: SurveyParts, ignored: IgnoredPaths): Promise<Look> {
  const { git, store, state } = parts;
  const listing = (await listInOneCall(parts)) ?? (await listDiffering(git));
  const ahead: Ahead = state?.ahead ?? new Map();
  const listed = new Set([...[...listing.differing.keys(), ...listing.untracked], ...ignored.also]);
  const doubtful = findChangedSince(store.workTree, state?.recheck ?? new Map());
  const unseen = await listIndexEntries(
    git,
    doubtful.filter((path) => !listed.has(path) && !ahead.has(path)),
  );
  const fresh = new Set([
    ...[...listed, ...unseen.keys()].filter((path) => !ahead.has(path)),
    ...findChangedAhead(store.workTree, ahead),
  ]);
  return { listing, ignored, fresh, unseen };
}

/** @returns `undefined` where it takes two calls. */
async function listInOneCall({
  git,
  store,
  rules,
  state,
}: SurveyParts): Promise<Listing | undefined> {
  if (state === undefined || state.isIndexing === true || !rules.areModesKept) return undefined;
  const found = openLookIndex(store);
  try {
    return found && (await listAtOnce(git, store.workTree, { look: found, known: state.ahead }));
  } catch (error) {
    if (!(error instanceof BrokenLookIndex)) throw error;
    deleteLookIndexes(store);
    return undefined;
  } finally {
    found?.close();
  }
}

/** @returns `undefined` if they are too many, or of a kind that the index must learn of. */
function findFew(
  { store, rules, limits, state }: SurveyParts,
  { listing, ignored, fresh, unseen }: Look,
): FewChanges | undefined {
  if (state === undefined || state.isIndexing === true || !rules.areModesKept) return undefined;
  const { ahead } = state;
  if (ignored.also.length + ignored.dropped.length + listing.closed.length > 0) return undefined;
  if (fresh.size > MAX_FEW || fresh.size + ahead.size > MAX_AHEAD) return undefined;
  const isNew = (path: BytePath): boolean =>
    listing.untracked.has(path) || ahead.get(path)?.isNew === true;
  const dropped = [...ahead.keys()].filter(
    (path) =>
      isNew(path) && !listing.untracked.has(path) && statPath(store.workTree, path) !== undefined,
  );
  const paths = new Set(fresh);
  for (const path of dropped) paths.delete(path);
  const sorted = sortPaths(paths, store.workTree, limits);
  if (sorted.candidates.reduce((sum, { size }) => sum + size, 0) > MAX_FEW_BYTES) return undefined;
  const before = new Map(
    [...fresh, ...dropped].map((path): [BytePath, string] => [
      path,
      ahead.get(path)?.entry ?? listing.differing.get(path) ?? entryOf(unseen.get(path)),
    ]),
  );
  return { ...sorted, dropped, before, isNew };
}

/** The start of an entry as git lists it: `MODE OBJECT STAGE`, and the path. */
function entryOf(listed: string | undefined): string {
  return /^\d+ [0-9a-f]+/.exec(listed ?? '')?.[0] ?? '';
}

/** More changes are put into the index: git reads many files in less time than we do. */
const MAX_FEW = 128;

const MAX_FEW_BYTES = 16 << 20;

/** Paths of which the index may lag behind. Each is looked at, and noted, at every snapshot. */
const MAX_AHEAD = 300;

/** What is ignored by now is not taken either if it has changed, too. */
async function findIndexChanges(
  { git, store, limits, state }: SurveyParts,
  { listing, ignored, unseen }: Look,
): Promise<IndexChanges> {
  const paths = new Set([...listing.differing.keys(), ...listing.untracked, ...ignored.also]);
  const ahead = [...(state?.ahead.keys() ?? [])].filter((path) => !paths.has(path));
  const distrusted = new Map([...unseen, ...(await listIndexEntries(git, ahead))]);
  for (const path of distrusted.keys()) paths.add(path);
  const sorted = sortPaths(paths, store.workTree, limits);
  const dropped = new Set(ignored.dropped);
  const leftOut = new Map(sorted.leftOut);
  for (const path of listing.closed) leftOut.set(path, 'unreadable');
  return {
    ...sorted,
    leftOut,
    dropped: ignored.dropped,
    distrusted: [...distrusted.values()],
    candidates: sorted.candidates.filter(({ path }) => !dropped.has(path)),
  };
}

interface IgnoredPaths {
  /** Tracked by the repository though ignored, and not in the index yet. */
  readonly also: readonly BytePath[];
  readonly dropped: readonly BytePath[];
}

const NONE: IgnoredPaths = { also: [], dropped: [] };

/** Git did not tell: what the snapshot before has stays, and the next one asks again. */
const UNKNOWN: IgnoredPaths = { also: [], dropped: [] };

async function askIgnored({ git, tree }: SurveyParts): Promise<IgnoredPaths> {
  const listed = await listIgnoredTracked(tree, git);
  if (listed === undefined) return UNKNOWN;
  const tracked = new Set(listed);
  const kept = new Set(await listIgnoredInStore(git));
  return {
    also: [...tracked].filter((path) => !kept.has(path)),
    dropped: [...kept].filter((path) => !tracked.has(path)),
  };
}

/** Names the state of the repository's index. */
function stampOf({ repository }: WorkTree): string {
  if (repository === undefined) return '';
  const found = lstatSync(`${repository.gitDir}/index`, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino}-${found.mtimeMs}-${found.size}`;
}
