import { computeIdentity, NOTHING } from './restore/identity.ts';
import type { BytePath } from './restore/path-state.ts';
import { statPath } from './list-changes.ts';
import type { StatNote } from './stat-notes.ts';

/**
 * A path of which the latest snapshot has another state than the store's index. A snapshot of few
 * changes does not write the index: that would cost more than the changes.
 */
export interface AheadPath {
  /** See `computeIdentity`. Empty: not known, so the path counts as changed. */
  readonly identity: string;
  /** Mode and object in the snapshot. Empty: the snapshot does not have the path. */
  readonly entry: string;
  /** Whether the index lacks the path. */
  readonly isNew: boolean;
}

export type Ahead = ReadonlyMap<BytePath, AheadPath>;

/** The paths that are not as the latest snapshot has them. */
export function findChangedAhead(workTree: string, ahead: Ahead): ReadonlySet<BytePath> {
  return new Set(
    [...ahead].flatMap(([path, { identity }]) =>
      computeIdentity(statPath(workTree, path)) === identity ? [] : [path],
    ),
  );
}

/** Permissions and times of these paths, for the snapshot. */
export function aheadNotes(ahead: Ahead): ReadonlyMap<BytePath, StatNote> {
  return new Map(
    [...ahead].flatMap(([path, { identity, entry }]) => {
      const note = entry === '' ? undefined : noteIn(identity);
      return note === undefined ? [] : [[path, note] as const];
    }),
  );
}

function noteIn(identity: string): StatNote | undefined {
  const [kind, , size, mtimeNs, , mode] = identity.split(' ');
  if (mode === undefined || mtimeNs === undefined || kind === 'folder') return undefined;
  return { mode: Number.parseInt(mode, 8), mtimeNs, size: Number(size) };
}

/** What to remember of a path that the snapshot does not have. */
export function absentPath(workTree: string, path: BytePath): AheadPath {
  const isThere = statPath(workTree, path) !== undefined;
  return { identity: isThere ? '' : NOTHING, entry: '', isNew: false };
}
