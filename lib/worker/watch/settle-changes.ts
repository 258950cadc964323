import type { ChangeKind } from '../../features/context/table.ts';

/** A file that something happened to, as it is a moment later. */
export interface SeenChange {
  /** Whether it lay there before; `undefined` in a folder whose names are not remembered. */
  readonly wasKnown: boolean | undefined;
  /** When it was made, milliseconds since the epoch; `undefined` when it is not there now. */
  readonly bornAt: number | undefined;
}

/**
 * What happened, one kind for each file. A file that takes the place of another was modified; one that appeared and went was never there;
 * one that appeared but was made earlier came from elsewhere: moved, with the one that went at the same time.
 * @param since Files made before that are older than the change.
 */
export function settleChanges(seen: readonly SeenChange[], since: number): readonly ChangeKind[] {
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
