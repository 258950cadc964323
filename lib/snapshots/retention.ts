import { lstatSync, writeFileSync } from 'node:fs';
import { DAY_MS } from '../core/clock.ts';
import {
  type FileKind,
  listFilesBelow,
  isRealFolder,
  type KeptItem,
  addForExcess,
} from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';
import { removeTree } from '../core/remove-tree.ts';
import { deleteOlderThan, type RowKind } from '../store/keeper.ts';
import { tryHoldStore } from './hold-store.ts';
import { SNAPSHOTS } from './open-store.ts';
import { RestoreJournal } from './restore/journal.ts';
import { journalFolder } from './restore/places.ts';
import { REFS } from './snapshot.ts';

const BY_AGE = ['snapshots'];

export const snapshotRows: RowKind = {
  name: 'snapshots',
  tables: BY_AGE,
  deletions: (_database, { historyBefore }) => deleteOlderThan(historyBefore, BY_AGE),
};

export interface SnapshotLimits {
  readonly keepMs: number;
  /** Of all stores together. */
  readonly bytes: number;
}

/** All are kept so long. */
const DENSE_MS = 2 * DAY_MS;

/** So long, one of each prompt is kept; after that, one of each session. */
const BY_PROMPT_MS = 14 * DAY_MS;

/** In a store from which snapshots went: what they alone had is still to be deleted. */
export const TO_COMPACT = 'to-compact';

/**
 * Snapshots of work trees. What goes is a snapshot's ref; the worker then gives back the space of
 * what no other snapshot has. The latest of each work tree stays, as the next one builds on it, and
 * so does the one that `restore --undo` needs, unless its session is forgotten.
 */
export function snapshotFiles(limits: SnapshotLimits): FileKind {
  return {
    name: SNAPSHOTS,
    owns: /^snapshots\//,
    folder: SNAPSHOTS,
    items: keptRefs,
    selectDeletable: (items, budget, now, root) => {
      const stays = new Set([...latestOfStores(items), ...neededForUndo(items, root)]);
      const old = items.filter((item) => !stays.has(item));
      const thinned = old.filter(({ at }) => at < now - limits.keepMs).concat(thinOut(old, now));
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      const excess = Math.max(budget.excess, bytes - limits.bytes);
      return addForExcess([...new Set(thinned)], old, { ...budget, excess });
    },
    remember: (items, root) => {
      for (const store of new Set(items.map(({ path }) => storeOf(path))))
        writeFileSync(`${root}/${store}/${TO_COMPACT}`, '', { mode: 0o600 });
    },
    tidy: removeEmptyStores,
    isOfSessions: (path, sessions) => sessions.has(path.split('/')[REF_SESSION] ?? ''),
  };
}

/** Where the session is in `snapshots/STORE/refs/waymark/SESSION/PROMPT/ID`, and the prompt. */
const REF_SESSION = 4;
const REF_PROMPT = 5;

/** Each snapshot's ref, with its share of what its store takes. */
function keptRefs(root: string): readonly KeptItem[] {
  return storesIn(root).flatMap((store) => {
    const refs = listFilesBelow(root, `${store}/${REFS}`);
    const all = listFilesBelow(root, store).reduce((sum, { bytes }) => sum + bytes, 0);
    const bytes = Math.round(all / Math.max(1, refs.length));
    return refs.map(({ path, at }) => ({ path, at, bytes }));
  });
}

function storesIn(root: string): readonly string[] {
  if (!isRealFolder(root, SNAPSHOTS)) return [];
  return namesIn(`${root}/${SNAPSHOTS}`)
    .map((name) => `${SNAPSHOTS}/${name}`)
    .filter((path) => isRealFolder(root, path));
}

function latestOfStores(items: readonly KeptItem[]): readonly KeptItem[] {
  const latest = new Map<string, KeptItem>();
  for (const item of items) {
    const known = latest.get(storeOf(item.path));
    if (known === undefined || item.at >= known.at) latest.set(storeOf(item.path), item);
  }
  return [...latest.values()];
}

/** What the last restore of a work tree replaced is in the snapshot that it took first. */
function neededForUndo(items: readonly KeptItem[], root: string): readonly KeptItem[] {
  const needed = new Set(
    [...new Set(items.map(({ path }) => storeOf(path)))].flatMap((store) => {
      const present = readUndoPresent(`${root}/${store}`);
      return present === undefined ? [] : [`${store} ${present}`];
    }),
  );
  return items.filter(({ path }) => needed.has(`${storeOf(path)} ${path.split('/').at(-1)}`));
}

/** @returns `undefined` also where the journal cannot be read: then nothing can be undone. */
function readUndoPresent(folder: string): string | undefined {
  try {
    return new RestoreJournal(journalFolder({ folder })).last()?.plan.present;
  } catch {
    return undefined;
  }
}

/**
 * Of the old, the first of each prompt stays: what was there before its work. Of the older, the
 * last of each session.
 */
function thinOut(items: readonly KeptItem[], now: number): readonly KeptItem[] {
  const byAge = items.filter(({ at }) => at < now - DENSE_MS).toSorted((a, b) => a.at - b.at);
  const older = byAge.filter(({ at }) => at < now - BY_PROMPT_MS);
  const old = byAge.filter(({ at }) => at >= now - BY_PROMPT_MS);
  const lasts = new Map(older.map((item) => [groupOf(item, REF_SESSION), item]));
  const firsts = new Map(old.toReversed().map((item) => [groupOf(item, REF_PROMPT), item]));
  const stays = new Set([...lasts.values(), ...firsts.values()]);
  return byAge.filter((item) => !stays.has(item));
}

/** The path of a ref up to one of its parts. */
function groupOf({ path }: KeptItem, part: number): string {
  return path
    .split('/')
    .slice(0, part + 1)
    .join('/');
}

function storeOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/** A store without a snapshot goes as a whole, unless one is being taken. */
function removeEmptyStores(root: string): void {
  for (const store of storesIn(root)) {
    const folder = `${root}/${store}`;
    if (lstatSync(`${folder}/${TO_COMPACT}`, { throwIfNoEntry: false }) === undefined) continue;
    if (listFilesBelow(root, `${store}/${REFS}`).length > 0) continue;
    const lock = tryHoldStore({ folder });
    if (lock === undefined) continue;
    try {
      if (listFilesBelow(root, `${store}/${REFS}`).length === 0) removeTree(folder);
    } finally {
      lock.release();
    }
  }
}
