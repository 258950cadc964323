import { readFileSync, writeFileSync } from 'node:fs';
import type WriteFileAtomic from 'write-file-atomic';
import { errnoOf } from './errors.ts';
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
export function replaceFile(path: string, content: string | Buffer, options: ReplaceOptions): void {
  replace(path, content, options, () => undefined);
}

/**
 * Like {@link replaceFile}, for a file that other programs write, too. Looks at it once more when
 * the new content is on the disk, just before it becomes visible.
 * @param before What the new content was made from; `undefined`: there was no file.
 * @returns whether it was replaced; `false` if the file has another content by now.
 */
export function replaceIfSame(
  path: string,
  before: string | Buffer | undefined,
  content: string | Buffer,
  options: ReplaceOptions,
): boolean {
  const changed = new Error('changed');
  try {
    replace(path, content, options, () => {
      if (!hasContent(path, before)) throw changed;
    });
    return true;
  } catch (error) {
    if (error === changed) return false;
    throw error;
  }
}

function hasContent(path: string, content: string | Buffer | undefined): boolean {
  try {
    const now = readFileSync(path);
    return content !== undefined && now.equals(Buffer.from(content));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return content === undefined;
    throw error;
  }
}

function replace(
  path: string,
  content: string | Buffer,
  { mode, owner, fsync = true }: ReplaceOptions,
  beforeRename: () => void,
): void {
  library().sync(path, '', {
    mode,
    fsync,
    ...(owner === undefined ? {} : { chown: owner }),
    // The library writes once. On a nearly full disk it would take a partial write for a complete
    // one.
    tmpfileCreated: (draft) => {
      writeFileSync(draft, content, { flush: fsync });
      beforeRename();
    },
  });
}
