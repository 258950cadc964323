import { mkdirSync, renameSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/**
 * Moves an entry by one rename, making the folder it goes to if that is missing.
 * @returns whether it moved; `false` when it is missing: another process moved it.
 * @throws the errno of any other failure.
 */
export function moveEntry(from: string, folder: string, name: string): boolean {
  const to = `${folder}/${name}`;
  if (tryRename(from, to)) return true;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return tryRename(from, to);
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return false; // the entry or the folder
  }
}
