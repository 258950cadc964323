import { mkdirSync, renameSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/**
 * Moves an entry with one rename. Creates the target folder if it is missing.
 * @returns `false` if the entry is missing: another process moved it.
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
    return false; // The entry or the folder is missing.
  }
}
