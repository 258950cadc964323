import { statSync } from 'node:fs';
import { reasonOf } from '../../core/errors.ts';

/** The stamp of a missing file. */
export const NO_FILE = 'none';

/**
 * Returns a text that changes whenever a file is replaced. Never throws: a file that cannot be
 * checked cannot be read either, and reading reports it.
 */
export function fileStamp(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? NO_FILE : `${found.ino} ${found.mtimeMs} ${found.size}`;
  } catch (error) {
    return reasonOf(error);
  }
}
