import { resolveConfig } from '../../config/resolve.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { chooseSnapshot } from '../../snapshots/choose-snapshot.ts';
import { readTreeRules } from '../../snapshots/ignore-rules.ts';
import { snapshotLimits } from '../../snapshots/limits.ts';
import {
  listSnapshots,
  readEntries,
  readLeftOut,
  readTree,
} from '../../snapshots/read-snapshots.ts';
import { readRootIdentity } from '../../snapshots/restore/apply-restore.ts';
import type { JournalEntry } from '../../snapshots/restore/journal.ts';
import { type BytePath, type PathStates, pathText } from '../../snapshots/restore/path-state.ts';
import { type CodePlan, planCodeRestore, type RemovalProof } from '../../snapshots/restore/plan.ts';
import { planUndo } from '../../snapshots/restore/plan-undo.ts';
import { pathsBelow, type PreparedSteps, prepareSteps } from '../../snapshots/restore/prepare.ts';
import { type ProofRequest, proveRemovals } from '../../snapshots/restore/removal-proof.ts';
import type { Snapshot } from '../../snapshots/snapshot.ts';
import { markForRepair } from '../../snapshots/store-damage.ts';
import { REPAIR_REMEDY } from '../../snapshots/store-damage.ts';
import { takeSnapshot } from '../../snapshots/take-snapshot.ts';
import { createPathFilter } from './selection.ts';
import { createDraftMark, type RestoreContext } from './restore-context.ts';
import { type FileRisk, findFileRisks } from './file-risks.ts';

export interface CodeRestoreRequest {
  readonly cwd: string;
  /** Which snapshot; see `chooseSnapshot`. */
  readonly checkpoint: string;
  /** Files and folders, from `cwd`; none: all of the work tree. */
  readonly paths: readonly string[];
  /** Whether files that came since may go. */
  readonly removesNew: boolean;
}

/** A restore that was decided and only has to be carried out. */
export interface ReadyRestore {
  readonly mark: string;
  /**
   * Id of the snapshot that is restored, and when it was taken; of an undo, that of the restore
   * that is taken back.
   */
  readonly target: string;
  readonly targetAt: number;
  readonly session: string | undefined;
  /** Why removals are not possible, as far as the target is the reason. */
  readonly isPartial: boolean;
  readonly present: Snapshot;
  readonly undoes: JournalEntry | undefined;
  readonly plan: CodePlan;
  readonly prepared: PreparedSteps;
  readonly risks: readonly FileRisk[];
}

/**
 * Decides what a restore of a snapshot would change, after a snapshot of the present. Changes
 * nothing outside our store.
 * @throws {@link WaymarkError} NOT_FOUND, RESTORE_FAILED when a path cannot be changed safely,
 * those of `takeSnapshot`.
 */
export async function prepareRestore(
  ground: RestoreContext,
  request: CodeRestoreRequest,
): Promise<ReadyRestore> {
  const { store, tree } = ground;
  const known = await readStore(ground, () => listSnapshots(store));
  const target = chooseSnapshot(known, request.checkpoint);
  const { entries, folderModes } = await readStore(ground, () => readTree(store, target));
  const isSelected = createPathFilter(tree.path, request);
  requireMatch(request, isSelected, entries);
  const { present, states } = await takePresent(ground, target.session);
  const candidates = [...states.keys()].filter((path) => !entries.has(path) && isSelected(path));
  const proof = { store, target, entries, candidates, snapshots: known };
  const removal =
    request.removesNew && !target.isPartial ? await proveFromStore(ground, proof) : undefined;
  const plan = planCodeRestore({
    ...{ target: entries, present: states, isSelected, onDisk: onDiskIn(ground) },
    isPartial: request.removesNew && target.isPartial,
    removal: request.removesNew ? (removal ?? NO_PROOF) : undefined,
  });
  const mark = createDraftMark();
  const prepared = prepareSteps({ root: tree.path, plan, mark, folderModes });
  await refuseObstacles(ground, present, prepared);
  const before = known.at(-1);
  const last = before && {
    at: earliestOf([before, present]),
    // nothing has changed since
    states: before.id === present.id ? states : await readStored(ground, before),
  };
  const since = known.filter(({ number }) => number >= target.number);
  const risks = await findFileRisks(ground, {
    ...{ plan, last, target: { session: target.session, at: earliestOf([...since, present]) } },
  });
  return {
    ...{ mark, target: target.id, targetAt: target.at, session: target.session, present, plan },
    ...{ isPartial: target.isPartial, undoes: undefined, prepared, risks },
  };
}

/**
 * What happened since the first of these moments has at least this time, also if the clock was set
 * back between two of them.
 */
function earliestOf(moments: readonly { readonly at: number }[]): number {
  return Math.min(...moments.map(({ at }) => at));
}

async function readStored(ground: RestoreContext, snapshot: Snapshot): Promise<PathStates> {
  return await readStore(ground, () => readEntries(ground.store, snapshot));
}

async function proveFromStore(
  ground: RestoreContext,
  proof: Omit<ProofRequest, 'settings'>,
): Promise<RemovalProof> {
  const { environment, folder } = ground.actionContext;
  const { settings } = await readTreeRules(ground.tree, environment, folder.root);
  return await readStore(ground, () => proveRemovals({ ...proof, settings }));
}

const NO_PROOF = { cameSince: new Set<BytePath>(), isIgnored: () => false };

/**
 * Decides how the last restore of the work tree is taken back.
 * @throws {@link WaymarkError} NOT_FOUND without one, and as {@link prepareRestore}.
 */
export async function prepareUndo(ground: RestoreContext): Promise<ReadyRestore> {
  const { journal, tree } = ground;
  const last = journal.last();
  if (last === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot undo a restore: there was none in ${tree.path}`);
  refuseOtherFolder(ground, last);
  const { present, states } = await takePresent(ground, undefined);
  const plan = planUndo(last, states, onDiskIn(ground));
  const mark = createDraftMark();
  const { makes, folderModes } = last.plan;
  const drops = makes.toReversed();
  const prepared = prepareSteps({ root: tree.path, plan, mark, drops, folderModes });
  await refuseObstacles(ground, present, prepared);
  const risks = await findFileRisks(ground, {
    plan,
    target: { at: earliestOf([last.plan, present]), session: undefined },
    last: undefined,
  });
  return {
    ...{ mark, target: last.plan.present, targetAt: last.plan.at, present, plan, prepared, risks },
    ...{ session: undefined, isPartial: false, undoes: last },
  };
}

/**
 * In a clone that was made in the place of the work tree, nothing is as the restore left it: files
 * that are as they were before it would be overwritten, and equal ones removed.
 */
function refuseOtherFolder({ tree }: RestoreContext, { plan }: JournalEntry): void {
  if (readRootIdentity(tree.path) === plan.rootIdentity) return;
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot undo a restore: ${tree.path} is not the folder in which the last one was`,
    { remedy: `\`waymark restore ${plan.present}\` restores the files as they were before it.` },
  );
}

interface Present {
  readonly present: Snapshot;
  readonly states: PathStates;
}

async function takePresent(ground: RestoreContext, session: string | undefined): Promise<Present> {
  const { actionContext, tree } = ground;
  const { values } = resolveConfig({
    environment: actionContext.environment,
    userFile: actionContext.folder.configFile,
  });
  const limits = snapshotLimits(values, tree);
  const { snapshot: present } = await takeSnapshot(
    tree,
    { cause: 'before-restore', session },
    {
      ...{
        stateRoot: actionContext.folder.root,
        environment: actionContext.environment,
        clock: actionContext.clock,
      },
      ...{ limits, signal: new AbortController().signal, patienceMs: 30_000 },
    },
  );
  return { present, states: await readStored(ground, present) };
}

/** @throws {@link WaymarkError} RESTORE_FAILED with what is wrong with our own store. */
async function readStore<T>({ tree, store }: RestoreContext, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    markForRepair(store);
    throw new WaymarkError(
      'RESTORE_FAILED',
      `Cannot restore files of ${tree.path}: the snapshot cannot be read (${reasonOf(error)})`,
      { cause: error, remedy: `Nothing was changed. ${REPAIR_REMEDY}` },
    );
  }
}

function onDiskIn({ tree }: RestoreContext): (path: BytePath) => readonly BytePath[] | undefined {
  return (path) => pathsBelow(tree.path, path);
}

function requireMatch(
  { paths }: CodeRestoreRequest,
  isSelected: (path: BytePath) => boolean,
  entries: PathStates,
): void {
  if (paths.length === 0 || [...entries.keys()].some(isSelected)) return;
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot restore ${paths.join(', ')}: the checkpoint has no such file`,
    { remedy: 'Paths are relative to the current folder. Leave them out to restore all files.' },
  );
}

/** A path that the snapshot of the present does not have would be lost for good. */
async function refuseObstacles(
  { store, tree }: RestoreContext,
  present: Snapshot,
  { obstacles }: PreparedSteps,
): Promise<void> {
  const [first] = obstacles;
  if (first === undefined) return;
  const left = (await readLeftOut(store, present)).get(first.path);
  const reason = left === undefined ? first.reason : `the new snapshot left it out (${left})`;
  const more = obstacles.length === 1 ? '' : `, and ${obstacles.length - 1} more like it`;
  throw new WaymarkError(
    'RESTORE_FAILED',
    `Cannot restore files of ${tree.path}: ${pathText(first.path)}: ${reason}${more}`,
    {
      remedy:
        'Nothing was changed. Move that file, or name the paths that you want: `waymark restore CHECKPOINT PATH…`',
    },
  );
}
