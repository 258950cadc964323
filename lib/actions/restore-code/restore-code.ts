import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import { GitFailure } from '../../git/git-failure.ts';
import { REPAIR_REMEDY } from '../../snapshots/store-damage.ts';
import { LostContent } from '../../snapshots/restore/blob-reader.ts';
import { markForRepair } from '../../snapshots/store-damage.ts';
import type { JsonObject } from '../../core/json.ts';
import { changeByEvents } from '../change-by-events.ts';
import type { ActionContext } from '../action-context.ts';
import {
  applyRestorePlan,
  type RecoveredRestore,
  readRootIdentity,
} from '../../snapshots/restore/apply-restore.ts';
import type { JournalPlan, SkippedPath } from '../../snapshots/restore/journal.ts';
import { pathText } from '../../snapshots/restore/path-state.ts';
import { listChangedSteps } from '../../snapshots/restore/plan-undo.ts';
import type { ReadyRestore } from './prepare-restore.ts';
import { type RestoreContext, withoutSnapshots } from './restore-context.ts';

export interface CodeRestoreResult {
  /** Number of the restore in this work tree. */
  readonly id: string;
  readonly written: number;
  readonly removed: number;
  /** Paths that changed while it ran, or could not be changed; they are as they were. */
  readonly skipped: readonly SkippedPath[];
  /** Whether the worker knows of it already: sessions learn of it from what the worker writes. */
  readonly isTold: boolean;
}

/**
 * Carries out what was prepared. Until all that it needs is on the disk nothing changes; a kill
 * after that is finished by the next command.
 * @throws {@link WaymarkError} RESTORE_FAILED, with nothing changed.
 */
export async function restoreCode(
  ground: RestoreContext,
  ready: ReadyRestore,
): Promise<CodeRestoreResult> {
  const { actionContext, store, journal, blobs, tree } = ground;
  const plan = journalPlan(ground, ready);
  const { id, skipped } = await withoutSnapshots(store, async () => {
    try {
      return await applyRestorePlan(plan, { journal, blobs });
    } catch (error) {
      if (error instanceof WaymarkError) throw error;
      if (isDamage(error)) markForRepair(store);
      throw new WaymarkError(
        'RESTORE_FAILED',
        `Cannot restore files of ${tree.path}: ${reasonOf(error)}`,
        { cause: error, remedy: remedyFor(error) },
      );
    }
  });
  const { isTold, written, removed } = await emitRestoredEvent(
    actionContext,
    plan,
    skipped,
    ready.session,
  );
  return { id, written, removed, skipped, isTold };
}

function isDamage(error: unknown): boolean {
  return error instanceof LostContent || (error instanceof GitFailure && !error.isMissing);
}

function remedyFor(error: unknown): string {
  if (isDamage(error)) return `Nothing was changed. ${REPAIR_REMEDY}`;
  return errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT'
    ? 'Nothing was changed. Free some space, then run it again.'
    : 'Nothing was changed. Fix the cause, then run it again.';
}

function journalPlan({ actionContext, tree }: RestoreContext, ready: ReadyRestore): JournalPlan {
  const { steps, makes, drops, folderModes } = ready.prepared;
  return {
    ...{
      format: 1,
      at: actionContext.clock(),
      root: tree.path,
      rootIdentity: readRootIdentity(tree.path),
    },
    ...{ target: ready.target, present: ready.present.id },
    ...{ undoes: ready.undoes?.id ?? null, mark: ready.mark, steps, makes, drops, folderModes },
  };
}

/** Lets sessions know of restores that a killed command left, and that are finished now. */
export async function reportRecoveredRestores(
  actionContext: ActionContext,
  recovered: readonly RecoveredRestore[],
): Promise<void> {
  for (const { outcome, plan, skipped } of recovered)
    if (outcome === 'finished') await emitRestoredEvent(actionContext, plan, skipped);
}

/** Paths that an event names. */
const MAX_PATHS = 20;

async function emitRestoredEvent(
  actionContext: ActionContext,
  plan: JournalPlan,
  skipped: readonly SkippedPath[],
  session?: string,
): Promise<Pick<CodeRestoreResult, 'isTold' | 'written' | 'removed'>> {
  const changed = listChangedSteps({ plan, skipped });
  const removed = changed.filter(({ step }) => step === 'remove').length;
  const written = changed.length - removed;
  const counts = { written, removed };
  if (changed.length === 0) return { ...counts, isTold: true };
  const payload: JsonObject = {
    ...(session === undefined ? {} : { session_id: session }),
    ...{ worktree: plan.root, restore: `res_${plan.mark}`, checkpoint: plan.target },
    ...{ present: plan.present, undo: plan.undoes !== null, ...counts, skipped: skipped.length },
    paths: changed.slice(0, MAX_PATHS).map(({ path }) => pathText(path)),
  };
  try {
    return {
      ...counts,
      isTold: await changeByEvents(actionContext, 'session.files_restored', [payload]),
    };
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    return { ...counts, isTold: false }; // a queue that is full does not make the restore undone
  }
}
