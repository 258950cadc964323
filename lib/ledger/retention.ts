import { lstatSync } from 'node:fs';
import {
  selectByAgeAndExcess,
  type FileKind,
  listFilesBelow,
  isRealFolder,
  type KeptItem,
} from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';

/**
 * What hooks noted of a session, in one folder. Deleted after it has not changed for long enough.
 */
export const sessionNotes: FileKind = {
  name: 'throttle',
  owns: /^throttle\//,
  folder: 'throttle',
  items: (root) =>
    isRealFolder(root, 'throttle')
      ? namesIn(`${root}/throttle`).flatMap((name) => sessionFolder(root, `throttle/${name}`))
      : [],
  selectDeletable: selectByAgeAndExcess,
  isOfSessions: (path, sessions) => sessions.has(/^throttle\/([^/]+)$/.exec(path)?.[1] ?? ''),
};

function sessionFolder(root: string, path: string): readonly KeptItem[] {
  const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return [];
  const files = listFilesBelow(root, path);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  // Counting a call changes a file, but not its folder.
  const at = files.reduce((latest, file) => Math.max(latest, file.at), found.mtimeMs);
  return [{ path, bytes, at, changedAt: found.mtimeMs, isFolder: true }];
}
