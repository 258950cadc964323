import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { quoteForShell } from '../lib/core/shell-word.ts';
import { errnoOf, reasonOf, WaymarkError } from '../lib/core/errors.ts';
import { replaceIfSame } from '../lib/core/replace-file.ts';

/**
 * The bytes of a settings file as UTF-8 text, or `undefined` when there is none. @throws
 * {@link WaymarkError} SETTINGS_INVALID or SETTINGS_UNWRITABLE.
 */
export function readSettingsFile(file: string): string | undefined {
  let bytes: Buffer;
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    // a pipe would be waited for, and /dev/zero never ends
    if (!found.isFile()) throw unreadable(file, 'it is not a plain file');
    bytes = readFileSync(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error instanceof WaymarkError ? error : unreadable(file, reasonOf(error), error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WaymarkError(
      'SETTINGS_INVALID',
      `Cannot use ${file}: line 1, column 1: not UTF-8 text`,
    );
  }
}

/**
 * The file behind `path`: links are followed, also one whose target does not exist yet. @throws
 * {@link WaymarkError} SETTINGS_UNWRITABLE for a loop of links.
 */
export function resolveLinks(path: string, depth = 0): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || depth > 40)
      throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot follow ${path}: ${reasonOf(error)}`, {
        cause: error,
      });
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return resolveLinks(resolve(dirname(path), readlinkSync(path)), depth + 1);
  const folder = dirname(path);
  return folder === path ? path : join(resolveLinks(folder, depth + 1), path.slice(folder.length));
}

/**
 * Refuses a file that is read-only, belongs to another user, or is in a read-only folder. Root may
 * write anything, and a replaced file would change its owner; so the mode and the owner are looked
 * at, not only what the kernel would allow.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE.
 */
export function requireWritable(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined) {
    if (!found.isFile()) throw unwritable(file, 'it is not a plain file');
    if ((found.mode & 0o222) === 0 || !allows(file, constants.W_OK))
      throw unwritable(file, 'the file is read-only', makeWritable(file));
    const me = process.getuid?.();
    if (me !== undefined && me !== 0 && found.uid !== me)
      throw unwritable(file, 'it belongs to another user');
  }
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const readOnly = (statSync(folder).mode & 0o222) === 0;
  if (readOnly || !allows(folder, constants.W_OK | constants.X_OK))
    throw unwritable(file, `the folder ${folder} is read-only`, makeWritable(folder));
}

/**
 * Replaces the file in one step and keeps mode and owner; a new file gets 0600. Claude Code and
 * editors write it, too, and not all of them take the lock.
 * @param before What `content` was made from; `undefined`: there was no file.
 * @returns whether it was replaced; `false` if another program changed it meanwhile.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE.
 */
export function writeSettingsFile(
  file: string,
  before: string | undefined,
  content: string,
): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  try {
    return replaceIfSame(
      file,
      before,
      content,
      found === undefined
        ? { mode: 0o600 }
        : { mode: found.mode & 0o7777, owner: { uid: found.uid, gid: found.gid } },
    );
  } catch (error) {
    const isMounted = errnoOf(error) === 'EBUSY';
    const isFull = ['ENOSPC', 'EDQUOT'].includes(errnoOf(error));
    const reason = isMounted ? 'it is mounted as a single file' : reasonOf(error);
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot replace ${file}: ${reason}`, {
      cause: error,
      ...(isMounted
        ? { remedy: `Mount its folder, ${dirname(file)}, instead of the file, and run it again.` }
        : {}),
      ...(isFull ? { remedy: 'Free some space and run it again; the file is as it was.' } : {}),
    });
  }
}

/** How often a change is planned anew when another program changed the file meanwhile. */
const PLAN_TRIES = 5;

/**
 * Plans a change of a settings file and writes it, anew as long as another program changes the file
 * in between.
 * @param attempt Plans and writes; `undefined` if the file had changed by then.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE where it never stays as it was read.
 */
export function writeUntilSame<T>(file: string, attempt: () => T | undefined): T {
  for (let tries = 0; tries < PLAN_TRIES; tries += 1) {
    const done = attempt();
    if (done !== undefined) return done;
  }
  throw unwritable(
    file,
    'another program changes it all the time',
    'End that program and run the command again. The file has what that program wrote.',
  );
}

function allows(path: string, access: number): boolean {
  try {
    accessSync(path, access);
    return true;
  } catch {
    return false;
  }
}

function unreadable(file: string, reason: string, cause?: unknown): WaymarkError {
  return new WaymarkError('SETTINGS_UNWRITABLE', `Cannot read ${file}: ${reason}`, { cause });
}

function unwritable(file: string, reason: string, remedy?: string): WaymarkError {
  const more = remedy === undefined ? {} : { remedy };
  return new WaymarkError('SETTINGS_UNWRITABLE', `Cannot write ${file}: ${reason}`, more);
}

/** It may be read-only on purpose, as where another program writes it. */
function makeWritable(path: string): string {
  return `Make it writable: \`chmod u+w ${quoteForShell(path)}\`, or change it with the program that made it read-only. It was not changed.`;
}
