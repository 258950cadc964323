import { type Candidate, statPath } from './list-changes.ts';
import { computeIdentity } from './restore/identity.ts';
import type { BytePath } from './restore/path-state.ts';

/**
 * Paths to look at again at the next snapshot although git may find no change there, each with its
 * identity at the last look, or {@link ANY}. Most builds of git compare whole seconds: a file that
 * is written twice within one, with the same size, can look the same to them.
 */
export type Recheck = ReadonlyMap<BytePath, string>;

/** Stands for an identity that is not known: the path counts as changed. */
const ANY = '';

/** The paths that are not as they were. */
export function findChangedSince(workTree: string, recheck: Recheck): readonly BytePath[] {
  return [...recheck].flatMap(([path, identity]) =>
    computeIdentity(statPath(workTree, path)) === identity ? [] : [path],
  );
}

/**
 * What to remember before the index learns of `candidates`: were the snapshot interrupted then, the
 * next one would find no change in them, and keep their earlier times.
 */
export function recheckAll(recheck: Recheck, candidates: readonly Candidate[]): Recheck {
  return new Map([...recheck, ...candidates.map(({ path }) => [path, ANY] as const)]);
}

/**
 * What to remember after a snapshot: paths that changed so shortly before it began, or since, that
 * another change could fall into the same second.
 * @param at When the snapshot began, in milliseconds.
 */
export function recheckAfter(
  workTree: string,
  at: number,
  seen: Iterable<readonly [BytePath, string]>,
): Recheck {
  return new Map(
    [...seen].filter(([path, identity]) => {
      const found = statPath(workTree, path);
      if (found === undefined || found.isDirectory()) return false;
      return Number(found.ctimeMs) >= at - RECENT_MS || computeIdentity(found) !== identity;
    }),
  );
}

/** The second that git compares, and another for clocks that tick coarsely. */
const RECENT_MS = 2_000;
