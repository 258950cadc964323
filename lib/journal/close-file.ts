import { renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { namesIn } from '../core/files.ts';

/**
 * Suffix of a complete file that is not compressed yet: `<place>[.N].closed.jsonl`. Compressed, it
 * is `<place>[.N].jsonl.gz`.
 */
export const CLOSED = '.closed.jsonl';
export const COMPRESSED = '.jsonl.gz';

/** Moves a complete file to the next free name at `place`. Does nothing if it is missing. */
export function closeFile(path: string, place: string): void {
  const number = nextNumber(place);
  try {
    renameSync(path, `${place}${number === 1 ? '' : `.${number}`}${CLOSED}`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Returns the highest number plus one. Numbers show the order, even after older files were deleted.
 */
function nextNumber(place: string): number {
  const name = basename(place);
  let highest = 0;
  for (const file of namesIn(dirname(place))) {
    if (!file.startsWith(`${name}.`)) continue;
    const [, number, ending] =
      /^(?:\.(\d+))?(\.closed\.jsonl|\.jsonl\.gz)$/.exec(file.slice(name.length)) ?? [];
    if (ending !== undefined) highest = Math.max(highest, Number(number ?? 1));
  }
  return highest + 1;
}
