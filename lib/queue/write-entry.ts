import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { removeQuietly } from '../core/files.ts';
import { errnoOf } from '../core/errors.ts';

/**
 * `none` survives the crash of any process; `file` and `full` add an fsync of the file, and of its
 * folder.
 */
export type Durability = 'none' | 'file' | 'full';

export interface WriteEntryOptions {
  readonly durability: Durability;
  /** Name of the file in `tmp`. Default: the name of the entry. */
  readonly draft?: string;
  /**
   * Called after the temporary file was created and before its content is written. From here on, a
   * crash leaves a trace in tmp/.
   */
  readonly onCreated?: () => void;
}

/**
 * Writes `content` to `folder/name` so that no reader ever sees part of it: writes a file of the
 * same name in `tmp`, then renames it. Creates missing folders. Leaves nothing behind after a
 * failure.
 * @throws the errno of the call that failed (ENOSPC, EACCES, EROFS, EMFILE, …).
 */
export function writeEntry(
  tmp: string,
  folder: string,
  name: string,
  content: string,
  options: WriteEntryOptions,
): void {
  const draft = `${tmp}/${options.draft ?? name}`;
  const fd = openNew(tmp, draft);
  try {
    try {
      options.onCreated?.();
      writeFileSync(fd, content);
      if (options.durability !== 'none') fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameInto(draft, folder, name);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
  if (options.durability === 'full') syncFolder(folder);
}

function openNew(tmp: string, draft: string): number {
  const flags =
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  try {
    return openSync(draft, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(tmp, { recursive: true, mode: 0o700 });
    return openSync(draft, flags, 0o600);
  }
}

function renameInto(draft: string, folder: string, name: string): void {
  try {
    renameSync(draft, `${folder}/${name}`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    renameSync(draft, `${folder}/${name}`);
  }
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // A folder cannot be opened there.
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
