import { resolveConfig } from '../config/resolve.ts';
import { PRIORITY } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import { enqueue } from '../queue/enqueue.ts';
import { redactTokens } from '../secrets/redact.ts';
import { headOf } from '../core/text.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { createSnapshotEvent } from '../snapshots/effect.ts';
import { snapshotLimits } from '../snapshots/limits.ts';
import { findStore } from '../snapshots/open-store.ts';
import { readLeftOut } from '../snapshots/read-snapshots.ts';
import { pathText } from '../snapshots/restore/path-state.ts';
import type { LeftOutReason, Snapshot, SnapshotRequest } from '../snapshots/snapshot.ts';
import { takeSnapshot } from '../snapshots/take-snapshot.ts';
import { describeRepair } from '../snapshots/store-damage.ts';
import { findWorkTree } from '../snapshots/work-tree.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';

export interface KeepFilesRequest extends SnapshotRequest {
  /** The work tree is the one that this folder is in. */
  readonly cwd: string;
  /** Whether a folder without git will do. */
  readonly mayBePlain?: boolean;
  /** Called with a sentence after a damaged store was repaired. */
  readonly onRepair?: (text: string) => void;
}

export interface KeptFiles {
  readonly snapshot: Snapshot;
  /** What is missing from it, and why. */
  readonly leftOut: readonly LeftOutPath[];
}

export interface LeftOutPath {
  readonly path: string;
  readonly reason: LeftOutReason;
}

/** How long to wait for a worker that takes one of the same work tree. */
const PATIENCE_MS = 60_000;

/** Longest note that is kept. */
const NOTE_LIMIT = 300;

/**
 * Keeps the files of a work tree as they are now, and lets the worker know.
 * @throws {@link WaymarkError} SNAPSHOT_REFUSED, SNAPSHOT_BUSY, SNAPSHOT_FAILED.
 */
export async function keepFiles(
  actionContext: ActionContext,
  { cwd, mayBePlain = false, onRepair, ...order }: KeepFilesRequest,
): Promise<KeptFiles> {
  const { folder, environment, clock } = actionContext;
  const place = { environment, stateRoot: folder.root };
  const tree = await findWorkTree(cwd, { ...place, mayBePlain });
  const parts = { ...place, clock, patienceMs: PATIENCE_MS, signal: new AbortController().signal };
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const limits = snapshotLimits(values, tree);
  const note = order.note === undefined ? undefined : headOf(redactTokens(order.note), NOTE_LIMIT);
  const { snapshot, isNew } = await takeSnapshot(
    tree,
    { ...order, note },
    { ...parts, limits, onRepair: (losses) => onRepair?.(describeRepair(tree.path, losses)) },
  );
  if (isNew) enqueueSnapshotEvent(actionContext, snapshot);
  const store = findStore(tree, place);
  const leftOut = store === undefined ? [] : [...(await readLeftOut(store, snapshot))];
  return { snapshot, leftOut: leftOut.map(([path, reason]) => ({ path: pathText(path), reason })) };
}

/**
 * Enqueues the event of a snapshot. Were it lost, the next worker would make it again from the
 * snapshot itself.
 */
export function enqueueSnapshotEvent(actionContext: ActionContext, snapshot: Snapshot): void {
  const { folder, environment, clock } = actionContext;
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const { queueCap, entryCap } = values;
  enqueue(
    queueFolder(folder.queue),
    createSnapshotEvent(snapshot, 'cli'),
    stampSource(clock)(),
    PRIORITY.checkpoint,
    { durability: 'none', queueCap, entryCap },
  );
  wakeWorker(actionContext);
}
