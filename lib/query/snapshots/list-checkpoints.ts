import { existsSync } from 'node:fs';
import { isoTime } from '../../core/clock.ts';
import { WaymarkError } from '../../core/errors.ts';
import { listStores } from '../../snapshots/compact-store.ts';
import type { SnapshotStore } from '../../snapshots/open-store.ts';
import { listSnapshots } from '../../snapshots/read-snapshots.ts';
import type { ChangeCounts, Snapshot, SnapshotCause } from '../../snapshots/snapshot.ts';
import type { CheckpointDetail } from '../checkpoints.ts';
import { findSession } from '../find-session.ts';
import { queryStore } from '../store-view.ts';
import { findStoreHere, readingStore, type SnapshotPlace } from './snapshot-place.ts';
import { readPrompts } from './work-between.ts';

/** One kept state of a work tree. Field names are a contract. */
export interface KeptCheckpoint {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly cause: SnapshotCause;
  readonly session: string | null;
  readonly prompt: string | null;
  /** The first words of that prompt; `null` if no hook reported it. */
  readonly promptText: string | null;
  /** The call that it was taken after. */
  readonly toolUseId: string | null;
  readonly event: string | null;
  readonly note: string | null;
  readonly workTree: string;
  /** Whether the work tree is still there. */
  readonly isThere: boolean;
  /** How it differs from the one before. */
  readonly counts: ChangeCounts;
  readonly files: number;
  /** Bytes of the files that are new or changed. */
  readonly bytes: number;
  readonly isPartial: boolean;
  readonly leftOut: number;
  readonly special: number;
  readonly underWay: string | null;
}

export interface CheckpointsRequest {
  /**
   * An id, the beginning of one, or `last`: of every work tree that it worked in. Left out: all of
   * the work tree of `cwd`.
   */
  readonly session?: string | undefined;
  readonly limit: number;
}

/**
 * The latest kept states, latest first.
 * @throws {@link WaymarkError} NOT_FOUND for an unknown session, SNAPSHOT_REFUSED.
 */
export async function listCheckpoints(
  place: SnapshotPlace,
  { session, limit }: CheckpointsRequest,
): Promise<readonly KeptCheckpoint[]> {
  const id =
    session === undefined
      ? undefined
      : await queryStore(place.folder, session, (database) =>
          findSession(database, session, place),
        );
  const stores =
    id === undefined
      ? [(await findStoreHere(place)).store].flatMap((store) => store ?? [])
      : allStores(place);
  const all = (
    await Promise.all(stores.map((store) => readingStore(store, () => listSnapshots(store))))
  )
    // Where the work tree is now; it may have been elsewhere then.
    .flatMap((list, index) =>
      list.map((one) => ({ ...one, workTree: stores[index]?.workTree ?? one.workTree })),
    );
  const kept = all
    .filter((one) => id === undefined || one.session === id)
    .toSorted(stores.length === 1 ? (a, b) => b.number - a.number : (a, b) => b.at - a.at)
    .slice(0, limit);
  const words = await wordsOf(place, kept);
  return kept.map((one) => describe(one, words.get(one.prompt ?? '') ?? null));
}

function allStores({ folder, environment }: SnapshotPlace): readonly SnapshotStore[] {
  return listStores(folder.root, environment);
}

async function wordsOf(
  { folder }: SnapshotPlace,
  kept: readonly Snapshot[],
): Promise<ReadonlyMap<string, string>> {
  const sessions = [...new Set(kept.flatMap(({ session }) => session ?? []))];
  const prompts = await queryStore(folder, [], (database) =>
    readPrompts(database, sessions, 0, Number.MAX_SAFE_INTEGER),
  );
  return new Map(prompts.flatMap(({ prompt, text }) => (prompt === null ? [] : [[prompt, text]])));
}

function describe(one: Snapshot, promptText: string | null): KeptCheckpoint {
  return {
    id: one.id,
    at: isoTime(one.at),
    cause: one.cause,
    session: one.session ?? null,
    prompt: one.prompt ?? null,
    promptText,
    toolUseId: one.toolUseId ?? null,
    event: one.event ?? null,
    note: one.note ?? null,
    workTree: one.workTree,
    isThere: existsSync(one.workTree),
    counts: one.counts,
    files: one.files,
    bytes: one.bytes,
    isPartial: one.isPartial,
    leftOut: one.leftOut,
    special: one.special,
    underWay: one.underWay ?? null,
  };
}

/**
 * Checkpoints of a session with the id of the snapshot that was taken for each.
 * @param place Its `cwd` is in the work tree of the session. Where that is gone, or cannot have
 * snapshots, none is named.
 */
export async function nameSavedFiles(
  place: SnapshotPlace,
  checkpoints: readonly CheckpointDetail[],
): Promise<readonly CheckpointDetail[]> {
  if (checkpoints.length === 0) return checkpoints;
  const byEvent = await snapshotsByEvent(place);
  return checkpoints.map((one) => ({ ...one, snapshot: byEvent.get(one.id) ?? null }));
}

async function snapshotsByEvent(place: SnapshotPlace): Promise<ReadonlyMap<string, string>> {
  try {
    const { store } = await findStoreHere(place);
    const all = store === undefined ? [] : await readingStore(store, () => listSnapshots(store));
    return new Map(all.flatMap(({ id, event }) => (event === undefined ? [] : [[event, id]])));
  } catch (error) {
    if (error instanceof WaymarkError) return new Map();
    throw error;
  }
}
