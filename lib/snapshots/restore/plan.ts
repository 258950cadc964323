import {
  type BytePath,
  foldersAbove,
  isSameState,
  isPathBelow,
  type PathState,
  type PathStates,
} from './path-state.ts';

/**
 * `write`: nothing is there; `overwrite`: something else is there; `mode`: the same content under
 * other permissions; `remove`: it came since.
 */
export type StepKind = 'write' | 'overwrite' | 'mode' | 'remove';

/** One path that changes. */
export interface PlannedStep {
  readonly path: BytePath;
  readonly step: StepKind;
  /** What is there now; the snapshot of the present has it. */
  readonly before: PathState | undefined;
  /** What will be there. */
  readonly after: PathState | undefined;
  /** Whether it can only be written after the removals: something that goes has its place. */
  readonly waits: boolean;
}

/** Why a path stays although the snapshot differs from it. */
export type KeepReason =
  /** It is a repository of its own. */
  | 'nested'
  /** Something that stays is in its place, or where a folder above it would be. */
  | 'blocked'
  /** No name that is written below a work tree. */
  | 'unsafe'
  /** It came since; only `--remove-new` removes it. */
  | 'came'
  /** The snapshot left files out: that it does not have one proves nothing. */
  | 'partial'
  /** No later snapshot of the session shows that it came. */
  | 'unproven'
  /** The rules of that moment or of now ignore it: it may have been there. */
  | 'ignored';

export interface KeptPath {
  readonly path: BytePath;
  readonly reason: KeepReason;
}

/** What is known of files that came since. Without it nothing is removed. */
export interface RemovalProof {
  /** Paths in later snapshots of the same session. */
  readonly cameSince: ReadonlySet<BytePath>;
  /** Whether the rules of the snapshot's moment, or those of now, ignore a path. */
  readonly isIgnored: (path: BytePath) => boolean;
}

export interface RestoreQuestion {
  readonly target: PathStates;
  /** Whether the target left files out. */
  readonly isPartial: boolean;
  readonly present: PathStates;
  readonly isSelected: (path: BytePath) => boolean;
  readonly removal?: RemovalProof | undefined;
  /**
   * Paths on the disk below a folder, all levels, also those that no snapshot has; `undefined`: it
   * is no folder.
   */
  readonly onDisk: (path: BytePath) => readonly BytePath[] | undefined;
}

export interface CodePlan {
  /** Writes, then removals, then writes that wait for them; each in the order of paths. */
  readonly steps: readonly PlannedStep[];
  readonly kept: readonly KeptPath[];
}

/** Decides what becomes of each path. Changes nothing. */
export function planCodeRestore(question: RestoreQuestion): CodePlan {
  const kept: KeptPath[] = [];
  const removals = removalsOf(question, kept);
  const goes = new Set(removals.map(({ path }) => path));
  const places = placesOf(question);
  const writes: PlannedStep[] = [];
  for (const [path, after] of selected(question.target, question)) {
    const before = question.present.get(path);
    if (isSameState(before, after)) continue;
    if (after.kind === 'nested' || before?.kind === 'nested' || places.isNested(path))
      kept.push({ path, reason: 'nested' });
    else if (!isPathBelow(path)) kept.push({ path, reason: 'unsafe' });
    else {
      const inTheWay = places.inTheWay(path);
      const waits = inTheWay !== undefined;
      if (inTheWay?.some((one) => !goes.has(one)) === true) kept.push({ path, reason: 'blocked' });
      else writes.push({ path, step: stepOf(before, after), before, after, waits });
    }
  }
  const [waiting, first] = [
    writes.filter(({ waits }) => waits),
    writes.filter(({ waits }) => !waits),
  ];
  return {
    steps: [...inOrder(first), ...inOrder(removals), ...inOrder(waiting)],
    kept: inOrder(kept),
  };
}

function stepOf(before: PathState | undefined, after: PathState): StepKind {
  if (before === undefined) return 'write';
  return before.kind === after.kind && before.oid === after.oid ? 'mode' : 'overwrite';
}

/**
 * Paths of the present that the target does not have: those that may go, and why the others stay.
 */
function removalsOf(question: RestoreQuestion, kept: KeptPath[]): readonly PlannedStep[] {
  const { target, present } = question;
  const nested = nestedIn(target);
  return selected(present, question).flatMap(([path, before]): readonly PlannedStep[] => {
    if (target.has(path)) return [];
    const reason =
      before.kind === 'nested' || isBelowOne(nested, path)
        ? 'nested'
        : reasonToKeep(path, question);
    if (reason === undefined)
      return [{ path, step: 'remove', before, after: undefined, waits: false }];
    kept.push({ path, reason });
    return [];
  });
}

function reasonToKeep(
  path: BytePath,
  { removal, isPartial }: RestoreQuestion,
): KeepReason | undefined {
  if (removal === undefined) return 'came';
  if (!isPathBelow(path)) return 'unsafe';
  if (isPartial) return 'partial';
  if (!removal.cameSince.has(path)) return 'unproven';
  return removal.isIgnored(path) ? 'ignored' : undefined;
}

/** What has which place at present. */
interface Places {
  /** Whether a path lies in a repository of its own. */
  readonly isNested: (path: BytePath) => boolean;
  /**
   * What must go before a path can be written: a file above it, what is in a folder of its name;
   * `undefined`: nothing, not even an empty folder.
   */
  readonly inTheWay: (path: BytePath) => readonly BytePath[] | undefined;
}

function placesOf({ target, present, onDisk }: RestoreQuestion): Places {
  const nested = new Set([...nestedIn(target), ...nestedIn(present)]);
  return {
    isNested: (path) => isBelowOne(nested, path),
    inTheWay: (path) => {
      const above = foldersAbove(path).filter((folder) => present.has(folder));
      const below = present.has(path) ? undefined : onDisk(path);
      return above.length === 0 && below === undefined ? undefined : [...above, ...(below ?? [])];
    },
  };
}

function nestedIn(states: PathStates): ReadonlySet<BytePath> {
  return new Set([...states].flatMap(([path, { kind }]) => (kind === 'nested' ? path : [])));
}

function isBelowOne(folders: ReadonlySet<BytePath>, path: BytePath): boolean {
  return folders.size > 0 && foldersAbove(path).some((folder) => folders.has(folder));
}

function selected(
  states: PathStates,
  { isSelected }: RestoreQuestion,
): ReadonlyArray<readonly [BytePath, PathState]> {
  return [...states].filter(([path]) => isSelected(path));
}

function inOrder<T extends { readonly path: BytePath }>(rows: readonly T[]): readonly T[] {
  return rows.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
