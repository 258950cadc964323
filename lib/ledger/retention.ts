import { lstatSync } from 'node:fs';
import {
  ageOf,
  type FileKind,
  filesBelow,
  isRealFolder,
  type KeptItem,
} from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';

/** What hooks noted of a session, a folder for each. It goes when no file was made or removed in it for so long. */
export const sessionNotes: FileKind = {
  name: 'throttle',
  owns: /^throttle\//,
  folder: 'throttle',
  items: (root) =>
    isRealFolder(root, 'throttle')
      ? namesIn(`${root}/throttle`).flatMap((name) => sessionFolder(root, `throttle/${name}`))
      : [],
  doomed: ageOf,
  isOf: (path, session) => path === `throttle/${session}`,
};

function sessionFolder(root: string, path: string): readonly KeptItem[] {
  const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return [];
  const bytes = filesBelow(root, path).reduce((sum, file) => sum + file.bytes, 0);
  return [{ path, bytes, at: found.mtimeMs, isFolder: true }];
}
