import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import {
  prepareRestore,
  prepareUndo,
  type ReadyRestore,
} from '../../../actions/restore-code/prepare-restore.ts';
import {
  restoreCode,
  reportRecoveredRestores,
} from '../../../actions/restore-code/restore-code.ts';
import {
  openRestoreContext,
  pathText,
  type RestoreContext,
} from '../../../actions/restore-code/restore-context.ts';
import { WaymarkError } from '../../../core/errors.ts';
import { type JsonObject, stringField } from '../../../core/json.ts';
import { type CheckpointDiff, diffCheckpoints } from '../../../query/snapshots/diff-checkpoints.ts';
import { bodyOf, requiredFolder, requiredText, sendJson, textParameter } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

export type DiffAnswer = CheckpointDiff;

/** What a restore would change. Nothing has been changed yet. */
export interface RestorePlan {
  readonly workTree: string;
  /** ISO 8601: when the state that is restored was kept. */
  readonly stateAt: number;
  readonly steps: ReadonlyArray<{ readonly path: string; readonly step: string }>;
  /** Paths that stay although they differ, and why. */
  readonly kept: ReadonlyArray<{ readonly path: string; readonly reason: string }>;
  /** What a person should know before. */
  readonly risks: ReadonlyArray<{
    readonly path: string;
    readonly kind: string;
    readonly session?: string;
    readonly isOpen?: boolean;
  }>;
  /** Steps, kept paths and risks beyond what is listed. */
  readonly more: number;
  /** Names this plan: a restore that would do something else is refused. */
  readonly digest: string;
}

/** What a restore has changed. */
export interface RestoreDone {
  readonly written: number;
  readonly removed: number;
  /** Paths that are as they were, and why. */
  readonly skipped: ReadonlyArray<{ readonly path: string; readonly reason: string }>;
  /** Whether sessions that are open will be told. */
  readonly isTold: boolean;
}

/** Rows of one kind that the page lists. */
const MAX_ROWS = 500;

/** Longest patch that the page shows. */
const MAX_PATCH_UNITS = 400_000;

/** How files changed, what a restore would do, the restore itself, and taking it back. */
export function addRestoreRoutes(app: Hono, place: DashboardPlace): void {
  const runInTurn = createTurns();
  app.get('/api/diff', async (context) =>
    sendJson(context, await diff(place, context), MAX_PATCH_UNITS),
  );
  app.post('/api/restore/plan', async (context) => {
    const body = await bodyOf(context);
    const plan = await runInTurn(() =>
      withRestoreContext(place, body, async (opened) =>
        planOf(opened, await prepare(opened, body)),
      ),
    );
    return sendJson(context, plan);
  });
  app.post('/api/restore/run', async (context) => {
    const body = await bodyOf(context);
    const digest = requiredText(body, 'digest');
    const done = await runInTurn(() =>
      withRestoreContext(place, body, async (opened) => {
        const ready = await prepare(opened, body);
        if (planOf(opened, ready).digest !== digest) throw planChanged(opened);
        return doneOf(await restoreCode(opened, ready));
      }),
    );
    return sendJson(context, done);
  });
}

/**
 * Returns a function that runs work after the previous work has ended. Requests of one dashboard
 * wait for each other: a user may close a plan and open another before the first is ready.
 */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = before.then(work);
    before = result.catch(() => undefined);
    return result;
  };
}

async function diff(place: DashboardPlace, context: Context): Promise<DiffAnswer> {
  const workTree = requiredFolder(textParameter(context, 'workTree'), 'workTree');
  const from = textParameter(context, 'from');
  if (from === undefined)
    throw new WaymarkError('USAGE', 'Cannot compare checkpoints: from is missing');
  const found = await diffCheckpoints(
    { ...place, cwd: workTree },
    { from, to: textParameter(context, 'to'), paths: [] },
  );
  return { ...found, files: found.files.slice(0, MAX_ROWS), leftOut: found.leftOut.slice(0, 50) };
}

/** Holds the lock of the work tree while `work` runs. */
async function withRestoreContext<T>(
  place: DashboardPlace,
  body: JsonObject,
  work: (opened: RestoreContext) => Promise<T>,
): Promise<T> {
  const workTree = requiredFolder(stringField(body, 'workTree'), 'workTree');
  const opened = await openRestoreContext(place, workTree);
  try {
    await reportRecoveredRestores(place, opened.recovered);
    return await work(opened);
  } finally {
    opened.release();
  }
}

/** Without a checkpoint the last restore is taken back. */
function prepare(opened: RestoreContext, body: JsonObject): Promise<ReadyRestore> {
  if (body['undo'] === true) return prepareUndo(opened);
  const checkpoint = requiredText(body, 'checkpoint');
  const path = stringField(body, 'path');
  return prepareRestore(opened, {
    ...{ cwd: opened.tree.path, checkpoint, paths: path === undefined ? [] : [path] },
    removesNew: body['removeNew'] === true,
  });
}

function planOf({ tree }: RestoreContext, ready: ReadyRestore): RestorePlan {
  const { plan, risks, target, targetAt } = ready;
  const steps = plan.steps.map(({ path, step }) => ({ path: pathText(path), step }));
  const kept = plan.kept.map(({ path, reason }) => ({ path: pathText(path), reason }));
  const known = risks.map((risk) => ({ ...risk, path: pathText(risk.path) }));
  const states = plan.steps.map(({ before, after }) => [before ?? null, after ?? null]);
  const digest = createHash('sha256')
    .update(JSON.stringify([tree.path, target, steps, states]))
    .digest('hex');
  const beyond = (rows: readonly unknown[]): number => Math.max(0, rows.length - MAX_ROWS);
  return {
    ...{ workTree: tree.path, stateAt: targetAt, digest },
    steps: steps.slice(0, MAX_ROWS),
    kept: kept.slice(0, MAX_ROWS),
    risks: known.slice(0, MAX_ROWS),
    more: beyond(steps) + beyond(kept) + beyond(known),
  };
}

function doneOf({
  written,
  removed,
  skipped,
  isTold,
}: Awaited<ReturnType<typeof restoreCode>>): RestoreDone {
  return {
    ...{ written, removed, isTold },
    skipped: skipped
      .slice(0, MAX_ROWS)
      .map(({ path, reason }) => ({ path: pathText(path), reason })),
  };
}

function planChanged({ tree }: RestoreContext): WaymarkError {
  return new WaymarkError(
    'RESTORE_FAILED',
    `Cannot restore files of ${tree.path}: they have changed since you looked`,
    { remedy: 'Nothing was changed. Look at what would change now, then restore again.' },
  );
}
