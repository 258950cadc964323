import { statSync } from 'node:fs';
import { WaymarkError } from '../../core/errors.ts';
import type { JournalEntry, JournalPlan, RestoreJournal, SkippedPath } from './journal.ts';
import { NoFolder, OpenFolders } from './open-folders.ts';
import {
  type BlobReader,
  type DraftStep,
  hasDraft,
  removeDrafts,
  stageDrafts,
} from './stage-drafts.ts';
import { computeIdentity } from './identity.ts';
import { switchDrafts } from './switch-drafts.ts';

export interface ApplyRestoreOptions {
  readonly journal: RestoreJournal;
  readonly blobs: BlobReader;
  /** Called once everything is staged; what it throws ends the restore with nothing changed. */
  readonly beforeSwitch?: () => void;
}

/**
 * Carries out a plan. Until every draft is on the disk, a failure leaves all paths as they were;
 * from then on nothing needs space or our store any more, and a kill is finished by
 * {@link recoverRestores}. Only for the holder of the lock.
 * @throws whatever kept it from being staged; nothing has changed then.
 */
export async function applyRestorePlan(
  plan: JournalPlan,
  { journal, blobs, beforeSwitch }: ApplyRestoreOptions,
): Promise<{ readonly id: string; readonly skipped: readonly SkippedPath[] }> {
  const id = journal.begin(plan);
  const folders = new OpenFolders(plan.root);
  try {
    await stageDrafts(folders, plan, plan.steps.filter(hasDraft), blobs);
    beforeSwitch?.();
    journal.enter(id, 'switching');
  } catch (error) {
    removeDrafts(folders, plan);
    // moved away, its drafts are still there: the next command finds it
    if (isAtItsPlace(plan)) journal.enter(id, 'undone');
    throw error;
  } finally {
    folders.close();
  }
  const skipped = await switchDrafts(plan);
  if (!isAtItsPlace(plan)) throw movedAway(plan);
  journal.enter(id, 'done', skipped);
  return { id, skipped };
}

function isAtItsPlace({ root, rootIdentity }: JournalPlan): boolean {
  return readRootIdentity(root) === rootIdentity;
}

function movedAway({ root }: JournalPlan): WaymarkError {
  return new WaymarkError(
    'RESTORE_FAILED',
    `Cannot finish the restore in ${root}: the folder was moved or deleted meanwhile`,
    { remedy: 'The next `waymark restore` in its new place finishes it.' },
  );
}

/** What became of a restore that was killed. */
export interface RecoveredRestore {
  readonly id: string;
  /** `lost`: the work tree is gone, or another folder has its place. */
  readonly outcome: 'finished' | 'undone' | 'lost';
  readonly plan: JournalPlan;
  readonly skipped: readonly SkippedPath[];
}

/**
 * Undoes each restore that was killed while it was staged, and finishes each that was killed later.
 * Only for the holder of the lock.
 * @param workTree Where the work tree is now: it may have been moved since.
 */
export async function recoverRestores(
  journal: RestoreJournal,
  blobs: BlobReader,
  workTree: string,
): Promise<readonly RecoveredRestore[]> {
  const recovered: RecoveredRestore[] = [];
  for (const entry of journal.unfinished()) {
    const plan = { ...entry.plan, root: rootNow(entry.plan, workTree) };
    recovered.push(await recover({ ...entry, plan }, journal, blobs));
  }
  return recovered;
}

async function recover(
  { id, phase, plan }: JournalEntry,
  journal: RestoreJournal,
  blobs: BlobReader,
): Promise<RecoveredRestore> {
  if (readRootIdentity(plan.root) !== plan.rootIdentity) {
    journal.enter(id, 'undone');
    return { id, outcome: 'lost', plan, skipped: [] };
  }
  const folders = new OpenFolders(plan.root);
  try {
    if (phase === 'staging') {
      removeDrafts(folders, plan);
      journal.enter(id, 'undone');
      return { id, outcome: 'undone', plan, skipped: [] };
    }
    await stageDrafts(folders, plan, lostDrafts(folders, plan), blobs);
  } finally {
    folders.close();
  }
  const skipped = await switchDrafts(plan);
  journal.enter(id, 'done', skipped);
  return { id, outcome: 'finished', plan, skipped };
}

/** Steps that are not done and whose draft was deleted. */
function lostDrafts(folders: OpenFolders, plan: JournalPlan): readonly DraftStep[] {
  return plan.steps.filter(hasDraft).filter((step) => {
    try {
      if (step.waits || folders.look(step.draft) !== undefined) return false;
      return computeIdentity(folders.look(step.path)) === step.seen;
    } catch (error) {
      if (error instanceof NoFolder) return false; // nothing can be placed there any more
      throw error;
    }
  });
}

function rootNow({ root, rootIdentity }: JournalPlan, workTree: string): string {
  const isThere = readRootIdentity(root) === rootIdentity;
  return !isThere && readRootIdentity(workTree) === rootIdentity ? workTree : root;
}

/** Names the folder that a work tree is; `none` when it is gone. */
export function readRootIdentity(root: string): string {
  return computeIdentity(statSync(root, { bigint: true, throwIfNoEntry: false }));
}
