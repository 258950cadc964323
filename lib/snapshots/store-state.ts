import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import {
  type JsonObject,
  numberField,
  objectField,
  parseJsonObject,
  stringField,
} from '../core/json.ts';
import { readTextOrEmpty, removeQuietly } from '../core/files.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { Ahead, AheadPath } from './ahead.ts';
import { deleteLookIndexes } from './look-index.ts';
import type { Recheck } from './recheck.ts';
import type { BytePath } from './restore/path-state.ts';
import { PACKS, type SnapshotStore } from './open-store.ts';
import { readFacts, type Snapshot, createSnapshot } from './snapshot.ts';

/**
 * What a store remembers from one snapshot to the next, beside its index. Without it, or without
 * the index, the next one begins from nothing.
 */
export interface StoreState {
  /** Id and ref of the latest snapshot, of whichever session. */
  readonly last: string;
  readonly ref: string;
  /** The snapshot itself; left out by earlier versions. */
  readonly snapshot?: Snapshot | undefined;
  readonly filesTree: string;
  /** Tree of the notes; left out while there are none. */
  readonly notesTree?: string | undefined;
  readonly files: number;
  /** Tree of all that the latest snapshot has; left out by earlier versions. */
  readonly root?: string | undefined;
  /** See `stampBesides`. */
  readonly besides?: string | undefined;
  /** See `stampPacks`; of when `root` was there. */
  readonly packs?: string | undefined;
  /** Names the repository's index as it was when we asked which ignored files it tracks. */
  readonly trackedStamp?: string | undefined;
  /** Names what was left out. */
  readonly leftOut: string;
  readonly recheck: Recheck;
  readonly ahead: Ahead;
  /**
   * Whether the index was being written when this was: it may have what the latest snapshot has
   * not, so the next one is made from the whole of it.
   */
  readonly isIndexing?: boolean | undefined;
}

/** @returns `undefined` unless state and index are both there. */
export function readState(store: SnapshotStore): StoreState | undefined {
  const found = parseJsonObject(readTextOrEmpty(statePath(store))) ?? {};
  const [last, ref] = [stringField(found, 'last'), stringField(found, 'ref')];
  const filesTree = stringField(found, 'filesTree');
  const hasIndex = lstatSync(indexPath(store), { throwIfNoEntry: false })?.isFile() === true;
  if (last === undefined || ref === undefined || filesTree === undefined || !hasIndex)
    return undefined;
  return {
    ...{ last, ref, filesTree },
    snapshot: readSnapshot(objectField(found, 'snapshot')),
    notesTree: stringField(found, 'notesTree'),
    files: numberField(found, 'files') ?? 0,
    root: stringField(found, 'root'),
    besides: stringField(found, 'besides'),
    packs: stringField(found, 'packs'),
    trackedStamp: stringField(found, 'trackedStamp'),
    leftOut: stringField(found, 'leftOut') ?? '',
    recheck: readRecheck(found),
    ahead: readAhead(found),
    isIndexing: found['isIndexing'] === true,
  };
}

function readSnapshot(found: JsonObject): Snapshot | undefined {
  const facts = readFacts(JSON.stringify(found));
  const commit = stringField(found, 'commit');
  return facts === undefined || commit === undefined ? undefined : createSnapshot(facts, commit);
}

/** The latest snapshot, unless it is gone; asks no git. */
export function readKeptSnapshot(
  { folder }: SnapshotStore,
  { ref, snapshot }: StoreState,
): Snapshot | undefined {
  const isThere = readTextOrEmpty(`${folder}/${ref}`).trim() === snapshot?.commit;
  return isThere ? snapshot : undefined;
}

function readRecheck(found: JsonObject): Recheck {
  const paths = Object.entries(objectField(found, 'recheck'));
  return new Map(
    paths.map(([path, identity]) => [path, typeof identity === 'string' ? identity : '']),
  );
}

function readAhead(found: JsonObject): Ahead {
  const ahead = objectField(found, 'ahead');
  return new Map(
    Object.keys(ahead).map((path): [BytePath, AheadPath] => {
      const one = objectField(ahead, path);
      const [identity, entry] = [stringField(one, 'identity'), stringField(one, 'entry')];
      return [path, { identity: identity ?? '', entry: entry ?? '', isNew: one['isNew'] === true }];
    }),
  );
}

export function writeState(store: SnapshotStore, state: StoreState): void {
  const { recheck, ahead } = state;
  const maps = { recheck: Object.fromEntries(recheck), ahead: Object.fromEntries(ahead) };
  const content = { ...state, ...maps };
  replaceFile(statePath(store), `${JSON.stringify(content)}\n`, { mode: 0o600, fsync: false });
}

/** Repositories in the work tree that may be in the index. */
export function readKnownNested({ folder }: SnapshotStore): readonly BytePath[] {
  return readLatin1(`${folder}/nested`).split('\0').slice(0, -1);
}

/**
 * Call it before they come into the index: git lists nothing of a folder that the index has as a
 * repository.
 */
export function writeKnownNested({ folder }: SnapshotStore, paths: readonly BytePath[]): void {
  const content = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
  replaceFile(`${folder}/nested`, content, { mode: 0o600, fsync: false });
}

function readLatin1(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/**
 * Lets the next snapshot begin from nothing: it reads every file again, and has again what the
 * store lost.
 */
export function deleteState(store: SnapshotStore): void {
  removeQuietly(statePath(store));
  removeQuietly(indexPath(store));
  deleteLookIndexes(store);
  for (const path of draftsIn(store.folder, /^sharedindex[._]/)) removeQuietly(path);
}

/**
 * Deletes drafts and locks that a call of git left behind. Only for the holder of the store's lock.
 * @param leftMs Younger ones stay: a call that its parent's death left running ends by itself
 * before that.
 */
export function removeLeftovers(store: SnapshotStore, now: number, leftMs = LEFT_MS): void {
  const drafts = [
    `${store.folder}/index.lock`,
    ...draftsIn(store.folder, /^(?:sharedindex_|fast_import_crash_|ref-draft-)/),
    ...draftsIn(`${store.folder}/objects`, /^tmp_obj_/),
    ...draftsIn(`${store.folder}/${PACKS}`, /^(?:tmp_|\.tmp-)/),
  ];
  for (const path of drafts) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isFile() === true && Math.abs(now - found.mtimeMs) >= leftMs) removeQuietly(path);
  }
}

const LEFT_MS = 60_000;

function draftsIn(folder: string, shape: RegExp): readonly string[] {
  try {
    return readdirSync(folder).flatMap((name) => (shape.test(name) ? `${folder}/${name}` : []));
  } catch {
    return [];
  }
}

function statePath({ folder }: SnapshotStore): string {
  return `${folder}/state.json`;
}

function indexPath({ folder }: SnapshotStore): string {
  return `${folder}/index`;
}
