import { lstatSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import {
  type FileKind,
  filesBelow,
  isRealFolder,
  type KeptItem,
  withExcess,
} from '../core/file-keeper.ts';
import { objectField, parseJsonObject, stringField } from '../core/json.ts';
import { deadNames } from './depth.ts';
import { idsOfLetter, readDead, readOr } from './dead-letters.ts';
import { PRIORITIES, queueFolder } from './queue-folder.ts';

/** A folder that once held a large backlog stays slow to list until it is made anew. */
const LARGE_FOLDER_BYTES = 1024 * 1024;

/** Entries never go by age or size; the room that their folders take does. Those that a worker holds are the worker's. */
export const queueEntries: FileKind = {
  name: 'queue',
  owns: /^queue\/(?:tmp|pending|delayed|processing)\//,
  folder: 'queue',
  tidy: (root) => {
    for (const priority of PRIORITIES) renewLargeFolder(root, `queue/pending/${priority}`);
  },
  isOf: (path, session, root) =>
    /^queue\/(?:pending|delayed)\//.test(path) && isEntryOf(path, session, root),
};

/**
 * Entries that were given up, each with its reason. They go for the budget alone, and last.
 * @param remember Writes down that these ids were discarded, before their entries go.
 */
export function deadLetters(remember: (ids: readonly string[]) => void): FileKind {
  return {
    name: 'queue/dead',
    owns: /^queue\/dead\//,
    folder: 'queue/dead',
    items: deadItems,
    doomed: (items, budget) => withExcess([], items, budget),
    remember: (items, root) => {
      const queue = queueFolder(`${root}/queue`);
      remember(items.flatMap(({ path }) => idsOfLetter(readDead(queue, basename(path)))));
    },
    isOf: isEntryOf,
  };
}

/** What could not be enqueued, on another file system. It is read in as soon as the queue takes it. */
export const recoveredEntries: FileKind = {
  name: 'recovery',
  owns: /./,
  folder: '',
  isOf: isEntryOf,
};

/** Pipes and heartbeats. Whoever recovers what a dead worker held removes its own, once the death is told. */
export const workerFiles: FileKind = {
  name: 'workers',
  owns: /^(?:heartbeat|wake)\/|^worker\.lock/,
  folder: '',
};

function isEntryOf(path: string, session: string, root: string): boolean {
  const payload = objectField(parseJsonObject(readOr(`${root}/${path}`, '')) ?? {}, 'payload');
  return stringField(payload, 'session_id') === session;
}

function deadItems(root: string): readonly KeptItem[] {
  if (!isRealFolder(root, 'queue/dead')) return [];
  return deadNames(queueFolder(`${root}/queue`)).flatMap((name) => deadItem(root, name));
}

function deadItem(root: string, name: string): readonly KeptItem[] {
  const path = `queue/dead/${name}`;
  const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  const reason = lstatSync(`${root}/${path}.reason`, { throwIfNoEntry: false });
  const said = reason?.isFile() === true ? reason : { size: 0, mtimeMs: 0 };
  if (found === undefined) return [];
  const at = Math.max(found.mtimeMs, said.mtimeMs); // an entry keeps its own time when it is moved
  const item = { path, at, changedAt: found.mtimeMs, beside: [`${path}.reason`] };
  if (found.isDirectory()) {
    const inside = filesBelow(root, path).reduce((sum, { bytes }) => sum + bytes, said.size);
    return [{ ...item, bytes: inside, isFolder: true }];
  }
  return found.isFile() ? [{ ...item, bytes: found.size + said.size }] : [];
}

/** `rmdir` succeeds only while the folder is empty; a hook that meets the gap makes the folder itself. */
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
