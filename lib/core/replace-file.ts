import { writeFileSync } from 'node:fs';
import type WriteFileAtomic from 'write-file-atomic';
import { lazy } from './lazy.ts';
import { packageLoader } from './package-loader.ts';

/** Loaded by the first write: most commands only read. */
const library = lazy((): typeof WriteFileAtomic => packageLoader()('write-file-atomic'));

export interface ReplaceOptions {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Left out: the content is on the disk before the file is seen. */
  readonly fsync?: boolean;
}

/**
 * Replaces the file at `path` in one step, or makes it: readers see the old content or all of the new, also when the disk takes only a part of it.
 * @throws the errno of the call that failed; the file is then as it was.
 */
export function replaceFile(
  path: string,
  content: string | Buffer,
  { mode, owner, fsync }: ReplaceOptions,
): void {
  library().sync(path, '', {
    mode,
    fsync: fsync ?? true,
    ...(owner === undefined ? {} : { chown: owner }),
    // the library writes once and takes the part that fitted on a nearly full disk for the whole
    tmpfileCreated: (draft) => writeFileSync(draft, content),
  });
}
