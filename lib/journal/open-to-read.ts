import { constants, openSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/** A descriptor of a file of events, or `undefined` when it is not there (any more). A pipe under that name holds nobody up. @throws any other errno. */
export function openToRead(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
