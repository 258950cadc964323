import { lstatSync, utimesSync } from 'node:fs';
import { listFilesBelow } from '../core/file-keeper.ts';
import type { SnapshotStore } from './open-store.ts';
import { REFS } from './snapshot.ts';

// Retention reads the age and the order of snapshots from the times of their refs, as it asks no
// git. A clock that is set back or ahead must change neither.

/**
 * Makes the ref of a new snapshot later than that of the one before it. While the clock is behind,
 * a new snapshot would pass for an old one: it would go first, and at once when the clock is right
 * again.
 */
export function keepRefOrder(
  { folder }: Pick<SnapshotStore, 'folder'>,
  refs: { readonly before: string | undefined; readonly ref: string },
): void {
  const before = refs.before === undefined ? undefined : readRefTime(`${folder}/${refs.before}`);
  const own = readRefTime(`${folder}/${refs.ref}`);
  if (before === undefined || own === undefined || own > before) return;
  setRefTime(`${folder}/${refs.ref}`, before + STEP_MS);
}

/**
 * Lets snapshots that were taken while the clock was ahead age from now on, in their order. Until
 * that time came, they could not be deleted.
 */
export function ageFromNow({ folder }: Pick<SnapshotStore, 'folder'>, now: number): void {
  const ahead = listFilesBelow(folder, REFS)
    .filter(({ at }) => at > now + TOLERANCE_MS)
    .toSorted((a, b) => a.at - b.at);
  for (const [index, { path }] of ahead.entries())
    setRefTime(`${folder}/${path}`, now - (ahead.length - 1 - index) * STEP_MS);
}

/** Less than this is no clock that was wrong. */
const TOLERANCE_MS = 60_000;

const STEP_MS = 1;

/** @returns `undefined` of a ref that is gone. */
export function readRefTime(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** Sets the time of a ref, by its path. */
export function setRefTime(path: string, ms: number): void {
  try {
    utimesSync(path, ms / 1_000, ms / 1_000);
  } catch {
    // It was deleted meanwhile, or the disk refuses: its age is not as important as the snapshot.
  }
}
