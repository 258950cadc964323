import { lstatSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import {
  type FileKind,
  listFilesBelow,
  isRealFolder,
  type KeptItem,
  addForExcess,
} from '../core/file-keeper.ts';
import { objectField, parseJsonObject, stringField } from '../core/json.ts';
import { listDeadNames } from './depth.ts';
import { idsOfLetter, readDead, readTextOr } from './dead-letters.ts';
import { PRIORITIES, queueFolder } from './queue-folder.ts';

/** A folder that once contained a large backlog stays slow to list until it is recreated. */
const LARGE_FOLDER_BYTES = 1024 * 1024;

/**
 * Queue entries. They are never deleted by age or size; oversized folders are recreated. Entries in
 * processing belong to their worker.
 */
export const queueEntries: FileKind = {
  name: 'queue',
  owns: /^queue\/(?:tmp|pending|delayed|processing)\//,
  folder: 'queue',
  tidy: (root) => {
    for (const priority of PRIORITIES) renewLargeFolder(root, `queue/pending/${priority}`);
  },
  isOfSessions: (path, sessions, root) =>
    /^queue\/(?:pending|delayed)\//.test(path) && isEntryOf(path, sessions, root),
};

/**
 * Dead entries, each with its reason. Deleted only for the budget, and last.
 * @param remember Records that these ids were discarded, before their entries are deleted.
 */
export function deadLetters(remember: (ids: readonly string[]) => void): FileKind {
  return {
    name: 'queue/dead',
    owns: /^queue\/dead\//,
    folder: 'queue/dead',
    items: deadItems,
    selectDeletable: (items, budget) => addForExcess([], items, budget),
    remember: (items, root) => {
      const queue = queueFolder(`${root}/queue`);
      remember(items.flatMap(({ path }) => idsOfLetter(readDead(queue, basename(path)))));
    },
    isOfSessions: isEntryOf,
  };
}

/**
 * Events that could not be enqueued, on another file system. They are moved into the queue as soon
 * as it accepts them.
 */
export const recoveredEntries: FileKind = {
  name: 'recovery',
  owns: /./,
  folder: '',
  isOfSessions: isEntryOf,
};

/** Pipes and heartbeats. Recovery deletes those of a dead worker after it reported the death. */
export const workerFiles: FileKind = {
  name: 'workers',
  owns: /^(?:heartbeat|wake)\/|^worker\.lock/,
  folder: '',
};

function isEntryOf(path: string, sessions: ReadonlySet<string>, root: string): boolean {
  const payload = objectField(parseJsonObject(readTextOr(`${root}/${path}`, '')) ?? {}, 'payload');
  return sessions.has(stringField(payload, 'session_id') ?? '');
}

function deadItems(root: string): readonly KeptItem[] {
  if (!isRealFolder(root, 'queue/dead')) return [];
  return listDeadNames(queueFolder(`${root}/queue`)).flatMap((name) => deadItem(root, name));
}

function deadItem(root: string, name: string): readonly KeptItem[] {
  const path = `queue/dead/${name}`;
  const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  const reason = lstatSync(`${root}/${path}.reason`, { throwIfNoEntry: false });
  const reasonFile = reason?.isFile() === true ? reason : { size: 0, mtimeMs: 0 };
  if (found === undefined) return [];
  const at = Math.max(found.mtimeMs, reasonFile.mtimeMs); // An entry keeps its own time when it is moved.
  const item = { path, at, changedAt: found.mtimeMs, companions: [`${path}.reason`] };
  if (found.isDirectory()) {
    const inside = listFilesBelow(root, path).reduce(
      (sum, { bytes }) => sum + bytes,
      reasonFile.size,
    );
    return [{ ...item, bytes: inside, isFolder: true }];
  }
  return found.isFile() ? [{ ...item, bytes: found.size + reasonFile.size }] : [];
}

/**
 * Recreates a folder. `rmdir` succeeds only while it is empty; a hook that finds it missing creates
 * it.
 */
function renewLargeFolder(root: string, folder: string): void {
  const path = `${root}/${folder}`;
  if (!isRealFolder(root, folder)) return;
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < LARGE_FOLDER_BYTES) return;
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'ENOENT') throw error;
    return;
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
