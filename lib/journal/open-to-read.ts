import { constants, openSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/**
 * Opens a file of events for reading; `undefined` if it is missing. Does not block on a pipe of
 * that name.
 * @throws any other errno.
 */
export function openToRead(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
