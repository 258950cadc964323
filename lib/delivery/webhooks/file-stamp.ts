import { statSync } from 'node:fs';
import { reasonOf } from '../../core/errors.ts';

/** The stamp of a file that is not there. */
export const NO_FILE = 'none';

/** What changes whenever a file is replaced. Never throws: a file that cannot be looked at cannot be read either, and that is said. */
export function fileStamp(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? NO_FILE : `${found.ino} ${found.mtimeMs} ${found.size}`;
  } catch (error) {
    return reasonOf(error);
  }
}
