import type { ChangeKind } from '../../features/context/table.ts';

/** The state of a file a moment after a change. */
export interface SeenChange {
  /** Whether it existed before; `undefined` in a folder whose names are not remembered. */
  readonly wasKnown: boolean | undefined;
  /** When it was created, in milliseconds since the epoch; `undefined` if it is missing now. */
  readonly bornAt: number | undefined;
}

/**
 * Classifies each change. A file that replaced another was modified. One that appeared and
 * disappeared was never there. One that appeared but is older came from elsewhere: it was moved,
 * together with the one that disappeared at the same time.
 * @param since Files that were created earlier are older than the change.
 */
export function classifyChanges(seen: readonly SeenChange[], since: number): readonly ChangeKind[] {
  const kinds = seen.flatMap((change) => kindOf(change, since) ?? []);
  let arrivals = kinds.filter((kind) => kind === 'moved').length;
  return kinds.filter((kind) => {
    if (kind !== 'deleted' || arrivals === 0) return true;
    arrivals -= 1;
    return false;
  });
}

function kindOf({ wasKnown, bornAt }: SeenChange, since: number): ChangeKind | undefined {
  if (bornAt === undefined) return wasKnown === false ? undefined : 'deleted';
  if (wasKnown === true) return 'modified';
  if (bornAt >= since) return 'created';
  return wasKnown === false ? 'moved' : 'modified';
}
