import { lstatSync } from 'node:fs';
import {
  ageAndExcessOf,
  type FileKind,
  filesBelow,
  isRealFolder,
  type KeptItem,
} from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';

/** What hooks noted of a session, a folder for each. It goes when nothing changed in it for so long. */
export const sessionNotes: FileKind = {
  name: 'throttle',
  owns: /^throttle\//,
  folder: 'throttle',
  items: (root) =>
    isRealFolder(root, 'throttle')
      ? namesIn(`${root}/throttle`).flatMap((name) => sessionFolder(root, `throttle/${name}`))
      : [],
  doomed: ageAndExcessOf,
  isOf: (path, session) => path === `throttle/${session}`,
};

function sessionFolder(root: string, path: string): readonly KeptItem[] {
  const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return [];
  const files = filesBelow(root, path);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const at = files.reduce((latest, file) => Math.max(latest, file.at), found.mtimeMs); // a call that is counted changes a file alone
  return [{ path, bytes, at, changedAt: found.mtimeMs, isFolder: true }];
}
