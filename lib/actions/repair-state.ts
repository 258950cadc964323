import { chmodSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';
import { findFolderFault } from '../core/folder-fault.ts';
import { requireDedicatedFolder } from '../core/require-waymark-folder.ts';
import { homeUnusable, makePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { makeQueueFolder, PRIORITIES, queueFolder } from '../queue/queue-folder.ts';
import { listLivePipes } from '../query/workers.ts';

/** What was done, one line each, and what could not be. */
export interface RepairResult {
  readonly done: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Repairs what needs no decision: folders, permissions, a missing worker. A folder that holds
 * things of others is left as it is: closing what lies in a home folder would not be a repair.
 * @param home The user's home folder.
 */
export async function repairState(
  folder: StateFolder,
  startWorker: () => Promise<{ readonly id: string }>,
  home?: string,
): Promise<RepairResult> {
  const done: string[] = [];
  const failed: string[] = [];
  try {
    requireDedicatedFolder(folder.root, home);
  } catch (error) {
    return { done, failed: [reasonOf(error)] };
  }
  const attempt = async (
    action: () => readonly string[] | Promise<readonly string[]>,
  ): Promise<void> => {
    try {
      done.push(...(await action()));
    } catch (error) {
      failed.push(reasonOf(error));
    }
  };
  await attempt(() => closeToOthers(folder)); // first: a folder closed to its owner takes no others
  await attempt(() => makeFolders(folder));
  await attempt(async () =>
    listLivePipes(folder.wake).length > 0 ? [] : [`Started worker ${(await startWorker()).id}`],
  );
  return { done, failed };
}

function makeFolders(folder: StateFolder): readonly string[] {
  const queue = queueFolder(folder.queue);
  const wanted = [
    folder.root,
    folder.wake,
    folder.heartbeat,
    folder.log,
    folder.throttle,
    folder.views,
  ];
  const ofQueue = [
    ...Object.values(queue),
    ...PRIORITIES.map((priority) => `${queue.pending}/${priority}`),
  ];
  const missing = [...wanted, ...ofQueue].filter((path) => !existsSync(path));
  for (const path of wanted) makePrivateFolder(path);
  makeQueueFolder(queue);
  return missing.map((path) => `Created ${path}`);
}

/**
 * The state folder itself, which may be reached through a link, its folders and the files directly
 * in it; what lies deeper is behind those.
 */
function closeToOthers({ root }: StateFolder): readonly string[] {
  if (process.platform === 'win32' || !existsSync(root)) return [];
  requireOwn(root);
  const own = closeOne(root);
  const inside = readdirSync(root).map((name) => `${root}/${name}`);
  return [...own, ...inside.filter((path) => !lstatSync(path).isSymbolicLink()).flatMap(closeOne)];
}

/** Of another user's folder nothing is changed, also by root. */
function requireOwn(root: string): void {
  const fault = findFolderFault(root);
  if (fault !== undefined && fault.kind !== 'mode') throw homeUnusable(root, fault);
}

function closeOne(path: string): readonly string[] {
  const found = statSync(path);
  const wanted = (found.mode & 0o777 & ~0o077) | (found.isDirectory() ? 0o700 : 0o600);
  if ((found.mode & 0o777) === wanted) return [];
  chmodSync(path, wanted);
  return [`Set the mode of ${path} to ${wanted.toString(8)}`];
}
