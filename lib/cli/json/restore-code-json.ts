import type { ReadyRestore } from '../../actions/restore-code/prepare-restore.ts';
import type { CodeRestoreResult } from '../../actions/restore-code/restore-code.ts';
import { pathText, type RestoreContext } from '../../actions/restore-code/restore-context.ts';

/**
 * What `restore --json` prints. Paths are relative to the work tree. Field names are a contract.
 */
export interface RestoreCodeJson {
  /** Files that were written, overwritten or given other permissions; in a dry run, would be. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  /** Files that differ and stay as they are. */
  readonly kept: readonly string[];
  /** The checkpoint of the present that was made before anything changed. */
  readonly undo: string;
  /** Whether files changed: not in a dry run, and not where nothing was to do. */
  readonly changed: boolean;
  readonly workTree: string;
  readonly checkpoint: string;
  readonly session: string | null;
  /** Whether this undid a restore. */
  readonly isUndo: boolean;
  /** Whether the checkpoint left files out. */
  readonly partial: boolean;
  readonly steps: readonly Located[];
  /** The same as `kept`, each with why. */
  readonly reasons: readonly Located[];
  /** What was written meanwhile, by whom. */
  readonly risks: readonly Located[];
  /** Paths that changed while it ran; they are as they were. */
  readonly skipped: readonly Located[];
  /** Restores that were killed before, and what became of them. */
  readonly recovered: ReadonlyArray<{ readonly outcome: string; readonly files: number }>;
}

interface Located {
  readonly path: string;
}

/** A restore, `done` unless it was a dry run or nothing was to do. */
export function formatRestoreCodeAsJson(
  { tree, recovered }: RestoreContext,
  ready: ReadyRestore,
  done: CodeRestoreResult | undefined,
): RestoreCodeJson {
  const steps = ready.plan.steps.map(({ path, step }) => asText({ path, step }));
  const skipped = (done?.skipped ?? []).map(asText);
  const isSkipped = new Set(skipped.map(({ path }) => path));
  const pathsOf = (isRemoval: boolean): readonly string[] =>
    steps
      .filter(({ step, path }) => (step === 'remove') === isRemoval && !isSkipped.has(path))
      .map(({ path }) => path);
  const reasons = ready.plan.kept.map(asText);
  return {
    ...{ written: pathsOf(false), removed: pathsOf(true) },
    kept: [...reasons, ...skipped].map(({ path }) => path),
    ...{ undo: ready.present.id, changed: done !== undefined },
    ...{ workTree: tree.path, checkpoint: ready.target, session: ready.session ?? null },
    ...{ isUndo: ready.undoes !== undefined, partial: ready.isPartial },
    ...{ steps, reasons, risks: ready.risks.map(asText), skipped },
    recovered: recovered.map(({ outcome, plan }) => ({ outcome, files: plan.steps.length })),
  };
}

function asText<T extends Located>(row: T): T {
  return { ...row, path: pathText(row.path) };
}
