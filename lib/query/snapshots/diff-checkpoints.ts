import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { resolveConfig } from '../../config/resolve.ts';
import { isoTime } from '../../core/clock.ts';
import { callStoreGit } from '../../git/store-git.ts';
import { chooseSnapshot } from '../../snapshots/choose-snapshot.ts';
import { compareTrees, type TreeChange } from '../../snapshots/compare-trees.ts';
import { snapshotLimits } from '../../snapshots/limits.ts';
import { createStoreGit, type SnapshotStore } from '../../snapshots/open-store.ts';
import { listSnapshots, readLeftOut } from '../../snapshots/read-snapshots.ts';
import { pathText } from '../../snapshots/restore/path-state.ts';
import type { Snapshot } from '../../snapshots/snapshot.ts';
import { storeWorkTree } from '../../snapshots/take-snapshot.ts';
import { FILES } from '../../snapshots/write-commit.ts';
import { queryStore } from '../store-view.ts';
import {
  pathsBelow,
  type SnapshotPlace,
  requireStoreHere,
  type PlacedStore,
  readingStore,
} from './snapshot-place.ts';
import { readWork, type WorkBetween } from './work-between.ts';

/** One file that differs. */
export interface FileDiff {
  readonly path: string;
  readonly status: TreeChange['status'];
  /** Lines; `null` of a file that is no text. */
  readonly added: number | null;
  readonly removed: number | null;
}

/** How two kept states differ. Field names are a contract. */
export interface CheckpointDiff extends WorkBetween {
  readonly from: string;
  /** `null`: the work tree as it is now. */
  readonly to: string | null;
  /** ISO 8601. */
  readonly fromAt: string;
  readonly toAt: string;
  readonly files: readonly FileDiff[];
  /**
   * Whether files are missing from one of them, so that they may only seem to be added or removed.
   */
  readonly isPartial: boolean;
  /** Paths that one of them left out. */
  readonly leftOut: readonly string[];
  /** As git writes it, without colours. */
  readonly patch: string;
}

export interface DiffRequest {
  readonly from: string;
  /** Left out: the work tree as it is now. */
  readonly to?: string | undefined;
  /** As they were typed in `cwd`. */
  readonly paths: readonly string[];
}

/**
 * What differs between two kept states of the work tree of `cwd`, and what was asked for and done
 * between them.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE, and those of a snapshot: the present is read as
 * one is taken.
 */
export async function diffCheckpoints(
  place: SnapshotPlace,
  request: DiffRequest,
): Promise<CheckpointDiff> {
  const placed = await requireStoreHere(place);
  return await readingStore(placed.store, () => diffIn(placed, place, request));
}

async function diffIn(
  { tree, store }: PlacedStore,
  place: SnapshotPlace,
  { from, to, paths }: DiffRequest,
): Promise<CheckpointDiff> {
  const known = await listSnapshots(store);
  const earlier = chooseSnapshot(known, from);
  const later = to === undefined ? undefined : chooseSnapshot(known, to);
  const below = pathsBelow(tree, place.cwd, paths).filter((path) => path !== '');
  const { folder, environment, clock } = place;
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const limits = snapshotLimits(values, tree);
  const signal = new AbortController().signal;
  const parts = { stateRoot: folder.root, environment, clock, limits, signal, patienceMs: 30_000 };
  const laterTree =
    later === undefined ? await storeWorkTree(tree, parts) : `${later.commit}:${FILES}`;
  const trees = [`${earlier.commit}:${FILES}`, laterTree] as const;
  const toAt = later?.at ?? clock();
  const both = [earlier, ...(later === undefined ? [] : [later])];
  return {
    ...{ from: earlier.id, to: later?.id ?? null },
    ...{ fromAt: isoTime(earlier.at), toAt: isoTime(toAt) },
    ...(await workBetween(place, known, { earlier, later, toAt })),
    files: await filesIn(store, trees, below),
    isPartial: both.some(({ isPartial }) => isPartial),
    leftOut: await leftOutOf(store, both),
    patch: await diffAsPatch(store, trees, below),
  };
}

/**
 * Whether a word names a checkpoint of the work tree of `cwd` rather than a file. A file that is
 * there wins, unless the word is a whole id or `last`.
 * @throws {@link WaymarkError} NOT_FOUND, SNAPSHOT_REFUSED.
 */
export async function isCheckpointName(place: SnapshotPlace, word: string): Promise<boolean> {
  if (word === 'last') return true;
  const { store } = await requireStoreHere(place);
  const known = await readingStore(store, () => listSnapshots(store));
  if (known.some(({ id, event }) => id === word || event === word)) return true;
  const isFile = existsSync(resolve(place.cwd, word));
  return !isFile && /^[0-9a-f]{3,}$/.test(word) && known.some(({ id }) => id.startsWith(word));
}

interface BothEnds {
  readonly earlier: Snapshot;
  /** Left out: the work tree as it is now. */
  readonly later: Snapshot | undefined;
  readonly toAt: number;
}

async function workBetween(
  { folder }: SnapshotPlace,
  known: readonly Snapshot[],
  { earlier, later, toAt }: BothEnds,
): Promise<WorkBetween> {
  const numbers = [earlier.number, later?.number ?? Number.POSITIVE_INFINITY];
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const near = known.filter(({ number }) => number >= first && number <= last);
  // the clock may have been set back between them
  const times = [...near.map(({ at }) => at), toAt];
  const sessions = [...new Set(near.flatMap(({ session }) => session ?? []))];
  return await queryStore(folder, { prompts: [], calls: [] }, (database) =>
    readWork(database, sessions, Math.min(...times), Math.max(...times)),
  );
}

type Trees = readonly [from: string, to: string];

async function filesIn(
  store: SnapshotStore,
  [from, to]: Trees,
  paths: readonly string[],
): Promise<readonly FileDiff[]> {
  const changes = await compareTrees(createStoreGit(store), from, to, paths);
  const args = ['diff-tree', '-r', '-z', '--numstat', '--no-renames', from, to, '--', ...paths];
  const printed = (await callStoreGit(createStoreGit(store), args)).toString('latin1');
  const counts = new Map(
    printed.split('\0').flatMap((line) => {
      const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(line) ?? [];
      return added === undefined || removed === undefined || path === undefined
        ? []
        : [[path, { added: countIn(added), removed: countIn(removed) }]];
    }),
  );
  return changes.map(({ path, status }) => ({
    ...{ path: pathText(path), status },
    ...(counts.get(path) ?? { added: null, removed: null }),
  }));
}

/** Git says `-` of files that are no text. */
function countIn(text: string): number | null {
  return text === '-' ? null : Number(text);
}

async function leftOutOf(
  store: SnapshotStore,
  both: readonly Snapshot[],
): Promise<readonly string[]> {
  const all = await Promise.all(both.map((one) => readLeftOut(store, one)));
  return [...new Set(all.flatMap((leftOut) => [...leftOut.keys()]))].map(pathText).toSorted();
}

/** A longer one is a failure that asks for paths. */
const MAX_PATCH_BYTES = 64 << 20;

/** The differences as text; names that are not ASCII as they are. */
export async function diffAsPatch(
  store: SnapshotStore,
  [from, to]: Trees,
  paths: readonly string[],
): Promise<string> {
  const args = ['-c', 'core.quotePath=false', 'diff-tree', '-r', '-p', '--no-renames'];
  const plain = [
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ];
  const printed = await callStoreGit(
    createStoreGit(store),
    [...args, ...plain, from, to, '--', ...paths],
    {
      maxBytes: MAX_PATCH_BYTES,
    },
  );
  return printed.toString('utf8');
}
