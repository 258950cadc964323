import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import type { TreeRules } from './ignore-rules.ts';
import { invalidateEntries } from './index-entries.ts';
import type { Candidate, ChangeLimits } from './list-changes.ts';
import { readNested } from './nested.ts';
import type { OpenedStore } from './open-store.ts';
import { readFew, type ReadFew } from './read-few.ts';
import { recheckAll } from './recheck.ts';
import type { BytePath } from './restore/path-state.ts';
import type { LeftOutReason, Snapshot } from './snapshot.ts';
import { editIndex, stageFiles, type StagingParts } from './stage-files.ts';
import { type StoreState, writeState } from './store-state.ts';
import type { Survey } from './survey.ts';
import type { WorkTree } from './work-tree.ts';

/** What every step of a snapshot needs. */
export interface Ground {
  readonly git: StoreGit;
  readonly store: OpenedStore;
  readonly tree: WorkTree;
  readonly rules: TreeRules;
  readonly limits: ChangeLimits;
  readonly staging: Partial<Pick<StagingParts, 'pause'>> & Pick<StagingParts, 'clock'>;
  /** After the snapshot before; left out: the index is empty. */
  readonly state: StoreState | undefined;
  /** The snapshot before. */
  readonly last: Snapshot | undefined;
}

/** The files of a snapshot, before its commit is made. */
export interface StoredFiles {
  readonly taken: readonly Candidate[];
  readonly removed: readonly BytePath[];
  readonly leftOut: ReadonlyMap<BytePath, LeftOutReason>;
  readonly special: number;
  /** The tree of the files; of those of the snapshot before if `few` goes on top of it. */
  readonly filesTree: string;
  readonly few?: ReadFew | undefined;
}

/**
 * Reads what few files changed since the snapshot before.
 * @returns `undefined` if the index must learn of the changes first.
 */
export function readOnTop(
  { store, state }: Ground,
  { few: found }: Survey,
): StoredFiles | undefined {
  if (found === undefined || state === undefined) return undefined;
  const { workTree, nullId } = store;
  const few = readFew(found, { workTree, ahead: state.ahead, idLength: nullId.length });
  const added = few.changes.filter(({ status }) => status === 'A').length;
  const removed = few.changes.flatMap(({ status, path }) => (status === 'D' ? [path] : []));
  // git's fast-import drops a tree that has nothing
  if (state.files + added - removed.length <= 0) return undefined;
  const { special } = found;
  const { filesTree } = state;
  return { taken: few.taken, removed, leftOut: few.leftOut, special, filesTree, few };
}

/** Brings the index, and the objects that it names, to what the work tree has. */
export async function putIntoIndex(ground: Ground, survey: Survey): Promise<StoredFiles> {
  const { git, store, staging } = ground;
  const changes = await survey.listIndexChanges();
  const leftOut = new Map(changes.leftOut);
  const { commits, unknown } = await readNested(store, survey.nested, git.signal);
  for (const [path, reason] of unknown) leftOut.set(path, reason);
  const goes = [...changes.gone, ...changes.dropped, ...leftOut.keys()];
  if (goes.length + changes.candidates.length + commits.size > 0)
    noteIndexing(ground, changes.candidates);
  await invalidateEntries(git, changes.distrusted);
  await editIndex(git, goes, commits, store.nullId);
  const { pause = async () => true, clock } = staging;
  const { refused, late } = await stageFiles(changes.candidates, { git, pause, clock });
  for (const path of refused) leftOut.set(path, 'unreadable');
  for (const path of late) leftOut.set(path, 'no-time');
  // no older content of theirs may pass for the present one
  await editIndex(git, [...refused, ...late], new Map(), store.nullId);
  const filesTree = (await callStoreGit(git, ['write-tree'])).toString('latin1').trim();
  return {
    taken: changes.candidates.filter(({ path }) => !leftOut.has(path)),
    removed: [...goes, ...refused, ...late],
    ...{ leftOut, filesTree, special: changes.special },
  };
}

/** What the next snapshot must know if this one is interrupted. */
function noteIndexing({ store, state }: Ground, candidates: readonly Candidate[]): void {
  if (state === undefined) return;
  const recheck = recheckAll(state.recheck, candidates);
  writeState(store, { ...state, isIndexing: true, recheck });
}
