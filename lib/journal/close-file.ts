import { renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { namesIn } from '../core/files.ts';

/** A complete file that is not compressed yet: `<place>[.N].closed.jsonl`; compressed it is `<place>[.N].jsonl.gz`. */
export const CLOSED = '.closed.jsonl';
export const COMPRESSED = '.jsonl.gz';

/** Moves a complete file to the next free name at `place`. One that is gone already stays gone. */
export function closeFile(path: string, place: string): void {
  const number = nextNumber(place);
  try {
    renameSync(path, `${place}${number === 1 ? '' : `.${number}`}${CLOSED}`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** One more than the highest: numbers tell the order, also when older files were removed. */
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
