import { writeFileSync } from 'node:fs';
import type WriteFileAtomic from 'write-file-atomic';
import { lazy } from './lazy.ts';
import { packageLoader } from './package-loader.ts';

/** Loaded by the first write: most commands only read. */
const library = lazy((): typeof WriteFileAtomic => packageLoader()('write-file-atomic'));

export interface ReplaceOptions {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Default: the content is on the disk before the file becomes visible. */
  readonly fsync?: boolean;
}

/**
 * Creates or replaces the file at `path` in one step: readers see the old content or all of the
 * new, even on a full disk.
 * @throws the errno of the call that failed; the file is unchanged then.
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
    // The library writes once. On a nearly full disk it would take a partial write for a complete
    // one.
    tmpfileCreated: (draft) => writeFileSync(draft, content),
  });
}
