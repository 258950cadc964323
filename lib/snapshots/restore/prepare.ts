import type { BigIntStats } from 'node:fs';
import { readdirSync } from 'node:fs';
import { computeIdentity } from './identity.ts';
import type { JournalPlan, JournalStep } from './journal.ts';
import { NoFolder, OpenFolders } from './open-folders.ts';
import { type BytePath, foldersAbove, parentFolder, type PathState } from './path-state.ts';
import type { CodePlan, PlannedStep } from './plan.ts';

/** Why a path cannot be changed now. */
export interface Obstacle {
  readonly path: BytePath;
  readonly reason: string;
}

/** What a plan needs of the disk before it can be carried out. */
export interface PreparedSteps
  extends Pick<JournalPlan, 'steps' | 'makes' | 'drops' | 'folderModes'> {
  /** None of them may be there when it is carried out. */
  readonly obstacles: readonly Obstacle[];
}

export interface PrepareRequest {
  readonly root: string;
  readonly plan: CodePlan;
  /** Makes the names of drafts unlike any other. */
  readonly mark: string;
  /**
   * Folders that go when they are empty; left out: those in which something is removed and nothing
   * written.
   */
  readonly drops?: readonly BytePath[];
  /** Permission bits that folders had, for those that are made again. */
  readonly folderModes?: Readonly<Record<BytePath, number>>;
}

/** Looks at every path of a plan as it is on the disk. Changes nothing. */
export function prepareSteps(request: PrepareRequest): PreparedSteps {
  const folders = new OpenFolders(request.root);
  try {
    return inspectPaths(folders, request);
  } finally {
    folders.close();
  }
}

function inspectPaths(folders: OpenFolders, request: PrepareRequest): PreparedSteps {
  const obstacles: Obstacle[] = [];
  const makes = new Set<BytePath>();
  const known = new Map<BytePath, boolean>();
  const isThere = (folder: BytePath): boolean => {
    const seen = known.get(folder) ?? folders.look(folder)?.isDirectory() === true;
    known.set(folder, seen);
    return seen;
  };
  const steps = request.plan.steps.map((step, index): JournalStep => {
    const draft = step.after === undefined ? undefined : `.waymark-${request.mark}-${index}`;
    try {
      const found = step.waits ? undefined : folders.look(step.path);
      const reason = step.waits ? undefined : obstacleOf(step, found);
      if (reason !== undefined) obstacles.push({ path: step.path, reason });
      const missing = draft === undefined ? [] : missingAbove(step, isThere);
      for (const folder of missing) makes.add(folder);
      return { ...step, seen: computeIdentity(found), draft: placed(draft, step, missing) };
    } catch (error) {
      if (!(error instanceof NoFolder)) throw error;
      obstacles.push({ path: step.path, reason: error.message });
      return { ...step, seen: '', draft: undefined };
    }
  });
  const drops = request.drops ?? emptied(request.plan.steps);
  const modes = drops.flatMap((folder) => modeOf(folders, folder));
  const made = Object.entries(request.folderModes ?? {}).filter(([folder]) => makes.has(folder));
  return {
    ...{ steps, obstacles, drops, makes: [...makes].toSorted() },
    folderModes: Object.fromEntries([...made, ...modes]),
  };
}

/**
 * Folders above a write that are missing, outermost first; one whose name something else has until
 * it is removed is missing, too.
 */
function missingAbove(
  step: PlannedStep,
  isThere: (folder: BytePath) => boolean,
): readonly BytePath[] {
  const above = foldersAbove(step.path);
  const first = above.findIndex((folder, index) => {
    // where something that goes has the name, nothing below it can be looked at
    return above.slice(0, index).every(isThere) && !isThere(folder);
  });
  return first === -1 ? [] : above.slice(first);
}

/**
 * A draft lies beside its path; one that waits for a removal, in the innermost folder that is
 * there.
 */
function placed(
  name: string | undefined,
  { path, waits }: PlannedStep,
  missing: readonly BytePath[],
): BytePath | undefined {
  if (name === undefined) return undefined;
  const [outermost] = missing;
  const folder = parentFolder(waits && outermost !== undefined ? outermost : path);
  return folder === '' ? name : `${folder}/${name}`;
}

function obstacleOf({ before }: PlannedStep, found: BigIntStats | undefined): string | undefined {
  if (before === undefined)
    return found === undefined ? undefined : 'the new snapshot does not have what is there';
  if (found === undefined || !isAsStored(before, found)) return 'it changes while it is read';
  const mine = process.getuid?.();
  if (mine !== undefined && mine !== 0 && Number(found.uid) !== mine)
    return 'it belongs to another user';
  return undefined;
}

function isAsStored(state: PathState, found: BigIntStats): boolean {
  if (state.kind === 'nested') return false;
  const isKind = state.kind === 'link' ? found.isSymbolicLink() : found.isFile();
  const isTime = state.mtimeNs === undefined || BigInt(state.mtimeNs) === found.mtimeNs;
  const isMode = state.kind === 'link' || Number(found.mode & 0o7777n) === state.mode;
  return isKind && isTime && isMode;
}

/** Folders in which something is removed and nothing written at once, innermost first. */
function emptied(steps: readonly PlannedStep[]): readonly BytePath[] {
  const used = new Set(
    steps.flatMap(({ step, waits, path }) =>
      step === 'remove' || waits ? [] : foldersAbove(path),
    ),
  );
  const folders = new Set(
    steps.flatMap(({ step, path }) => (step === 'remove' ? foldersAbove(path) : [])),
  );
  return [...folders]
    .filter((folder) => !used.has(folder))
    .toSorted((a, b) => b.split('/').length - a.split('/').length || (a < b ? -1 : 1));
}

function modeOf(
  folders: OpenFolders,
  folder: BytePath,
): ReadonlyArray<readonly [BytePath, number]> {
  const found = folderOr(() => folders.look(folder), undefined);
  return found?.isDirectory() === true ? [[folder, Number(found.mode & 0o7777n)]] : [];
}

/** What `look` finds, or something else where a link or a closed folder is on the way. */
function folderOr<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof NoFolder) return otherwise;
    throw error;
  }
}

/** Paths on the disk below a folder, all levels; `undefined` when it is none. Follows no link. */
export function pathsBelow(root: string, path: BytePath): readonly BytePath[] | undefined {
  const folders = new OpenFolders(root);
  try {
    return folders.look(path)?.isDirectory() === true ? walk(folders, path) : undefined;
  } catch (error) {
    if (error instanceof NoFolder) return undefined;
    throw error;
  } finally {
    folders.close();
  }
}

function walk(folders: OpenFolders, folder: BytePath): readonly BytePath[] {
  const names = readdirSync(folders.reach(`${folder}/.`), { encoding: 'latin1' });
  return names.flatMap((name) => {
    const path = `${folder}/${name}`;
    return folders.look(path)?.isDirectory() === true ? walk(folders, path) : [path];
  });
}
