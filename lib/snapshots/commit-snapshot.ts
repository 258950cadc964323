import { randomBytes } from 'node:crypto';
import { shortHash16 } from '../core/short-hash.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { aheadNotes } from './ahead.ts';
import { compareTrees, countChanges, type TreeChange } from './compare-trees.ts';
import { collectFolderNotes, newerFolderNotes } from './folder-notes.ts';
import { type Candidate, candidateOf, statPath } from './list-changes.ts';
import type { OpenedStore } from './open-store.ts';
import { listSnapshots } from './read-snapshots.ts';
import { recheckAfter } from './recheck.ts';
import { keepRefOrder } from './ref-times.ts';
import type { BytePath } from './restore/path-state.ts';
import { stampPacks, writeSameTreeCommit } from './same-tree-commit.ts';
import {
  createSnapshot,
  type LeftOutReason,
  type Snapshot,
  type SnapshotFacts,
  type SnapshotRequest,
} from './snapshot.ts';
import type { FolderNotes } from './stat-notes.ts';
import type { Ground, StoredFiles } from './store-files.ts';
import { type StoreState, writeState } from './store-state.ts';
import type { Survey } from './survey.ts';
import { readGitOperation } from './work-tree.ts';
import {
  type CommitContent,
  stampBesides,
  writeCommit,
  type WrittenCommit,
} from './write-commit.ts';

export interface CommitParts {
  readonly stored: StoredFiles;
  readonly survey: Survey;
  /** When the look at the work tree began. */
  readonly at: number;
  readonly order: SnapshotRequest;
}

/** Whether files, their times, or what is left out differ from the snapshot before. */
export function hasChanged(
  { filesTree, taken, leftOut, few }: StoredFiles,
  { fresh }: Survey,
  state: StoreState | undefined,
): boolean {
  const areOthers = few === undefined ? filesTree !== state?.filesTree : few.changes.length > 0;
  const isOneFresh = taken.some(({ path }) => fresh.has(path));
  return areOthers || isOneFresh || stampOfLeftOut(leftOut) !== state?.leftOut;
}

/** Makes the commit of a snapshot, and notes for the next one what this one has. */
export async function commitSnapshot(ground: Ground, parts: CommitParts): Promise<Snapshot> {
  const { git, store, rules, state } = ground;
  const { stored, survey, at } = parts;
  const { leftOut } = stored;
  const content = await listContent(ground, stored);
  const facts = await createFacts(ground, parts, content.changes);
  const { excludes } = rules;
  const whole = { ...content.commit, leftOut, excludes };
  const besides = stampBesides(whole);
  const written =
    writeUnchanged(ground, { facts, stored, besides }) ?? (await writeCommit(git, facts, whole));
  const { ref, commit, filesTree, notesTree, root } = written;
  keepRefOrder(store, { before: state?.ref, ref });
  const snapshot = createSnapshot(facts, commit);
  const seen = identitiesOf(state, [...content.earlier, ...stored.taken], stored);
  writeState(store, {
    ...{ last: facts.id, ref, snapshot, filesTree, notesTree, files: facts.files },
    ...{ root, besides, packs: stampPacks(store), trackedStamp: survey.trackedStamp },
    leftOut: stampOfLeftOut(leftOut),
    recheck: recheckAfter(store.workTree, at, seen),
    ahead: stored.few?.ahead ?? new Map(),
  });
  return snapshot;
}

interface UnchangedParts {
  readonly facts: SnapshotFacts;
  readonly stored: StoredFiles;
  /** See `stampBesides`. */
  readonly besides: string;
}

/** @returns `undefined` unless the snapshot before has the same, and the store still has its tree. */
function writeUnchanged(
  { store, state }: Ground,
  { facts, stored, besides }: UnchangedParts,
): WrittenCommit | undefined {
  const isSame = stored.few?.changes.length === 0 && state?.besides === besides;
  if (!isSame || state.root === undefined || state.packs !== stampPacks(store)) return undefined;
  const placed = writeSameTreeCommit(store, facts, state.root);
  if (placed === undefined) return undefined;
  return {
    ...placed,
    ...{ filesTree: state.filesTree, notesTree: state.notesTree, root: state.root },
  };
}

/**
 * Takes back the note that the index was being written, where no snapshot was needed. Paths that
 * the index lagged behind of keep it: their notes are in no folder's yet.
 */
export function keepState({ store, state }: Ground): void {
  if (state !== undefined) writeState(store, { ...state, isIndexing: state.ahead.size > 0 });
}

interface ListedContent {
  readonly changes: readonly TreeChange[];
  readonly commit: Omit<CommitContent, 'leftOut' | 'excludes'>;
  /** What an interrupted snapshot put into the index. It has no notes yet. */
  readonly earlier: readonly Candidate[];
}

async function listContent(
  { git, store, state }: Ground,
  { filesTree, few, taken, removed }: StoredFiles,
): Promise<ListedContent> {
  const previousNotes = state?.notesTree;
  if (few !== undefined) {
    const { changes, edits, ahead } = few;
    const folders = newerFolderNotes(store.workTree, ahead.keys());
    const newerNotes = new Map([...aheadNotes(ahead), ...folders]);
    const commit = { filesTree, previousNotes, removed, edits, newerNotes };
    return { changes, earlier: [], commit: { ...commit, notes: NO_NOTES } };
  }
  const changes = await compareTrees(git, state?.filesTree ?? (await emptyTree(git)), filesTree);
  const earlier = recheckPaths(store.workTree, changes, taken);
  const notes = await collectFolderNotes(
    ...([git, previousNotes, [...earlier, ...taken], removed, store.workTree] as const),
  );
  return { changes, earlier, commit: { filesTree, previousNotes, notes } };
}

const NO_NOTES: ReadonlyMap<BytePath, FolderNotes> = new Map();

async function createFacts(
  { store, state, last, tree }: Ground,
  { stored, survey, at, order }: CommitParts,
  changes: readonly TreeChange[],
): Promise<SnapshotFacts> {
  const counts = countChanges(changes);
  const fresh = stored.taken.filter(({ path }) => state === undefined || survey.fresh.has(path));
  return {
    ...order,
    number: await nextNumber(store, last),
    ...{ id: newId(), at, workTree: store.workTree, previous: state?.last, counts },
    files: (state?.files ?? 0) + counts.added - counts.removed,
    bytes: fresh.reduce((sum, { size }) => sum + size, 0),
    leftOut: stored.leftOut.size,
    special: stored.special,
    underWay: readGitOperation(tree),
  };
}

async function emptyTree(git: StoreGit): Promise<string> {
  return (await callStoreGit(git, ['mktree'], { input: '' })).toString('latin1').trim();
}

/** Identities at the last look, of what the index still has. */
function identitiesOf(
  state: StoreState | undefined,
  noted: readonly Candidate[],
  { removed, few }: StoredFiles,
): ReadonlyMap<BytePath, string> {
  const identities = new Map(state?.recheck);
  for (const path of removed) identities.delete(path);
  if (few === undefined) for (const { path, identity } of noted) identities.set(path, identity);
  else for (const path of few.ahead.keys()) identities.delete(path);
  return identities;
}

async function nextNumber(store: OpenedStore, last: Snapshot | undefined): Promise<number> {
  const before = last ?? (await listSnapshots(store)).at(-1);
  return (before?.number ?? 0) + 1;
}

function recheckPaths(
  workTree: string,
  changes: readonly TreeChange[],
  taken: readonly Candidate[],
): readonly Candidate[] {
  const known = new Set(taken.map(({ path }) => path));
  return changes.flatMap(({ status, path }) => {
    const found = status === 'D' || known.has(path) ? undefined : statPath(workTree, path);
    return found?.isFile() === true || found?.isSymbolicLink() === true
      ? [candidateOf(path, found)]
      : [];
  });
}

/** Ids are random, so that two stores never have the same. */
function newId(): string {
  return randomBytes(5).toString('hex');
}

function stampOfLeftOut(leftOut: ReadonlyMap<BytePath, LeftOutReason>): string {
  return shortHash16(
    [...leftOut]
      .map((pair) => pair.join('\t'))
      .toSorted()
      .join('\0'),
  );
}
