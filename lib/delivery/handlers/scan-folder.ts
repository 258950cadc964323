import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { errnoOf } from '../../core/errors.ts';

/** A file that may be a handler. */
export interface FoundFile {
  readonly name: string;
  readonly path: string;
  /** Changes when the file does. */
  readonly signature: string;
  readonly isExecutable: boolean;
  /** Why it must not run, whatever it contains. */
  readonly problem?: string;
}

/** The content of a handlers folder. */
export interface ScannedFolder {
  /** Changes when any of its files does. */
  readonly signature: string;
  readonly files: readonly FoundFile[];
  /** Why nothing in it may run. */
  readonly problem?: string;
}

const HEAD_BYTES = 4_096;

/**
 * Lists the files of a folder by name, without opening them. Skips folders and hidden files. A
 * missing folder counts as empty. Never throws.
 */
export function scanFolder(folder: string): ScannedFolder {
  const found = lstatOf(folder);
  if (found === undefined) return { signature: '', files: [] };
  if (found.isSymbolicLink())
    return { signature: 'link', files: [], problem: 'the folder is a link' };
  if (!found.isDirectory()) return { signature: 'file', files: [], problem: 'it is not a folder' };
  const problem = writableByOthers(found);
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return {
      signature: errnoOf(error),
      files: [],
      problem: `the folder cannot be read (${errnoOf(error)})`,
    };
  }
  const files = names
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .sort()
    .flatMap((name) => fileAt(folder, name) ?? []);
  const signature = `${found.ino} ${found.mode} ${files.map((file) => file.signature).join('\n')}`;
  return {
    signature,
    files,
    ...(problem === undefined ? {} : { problem: `the folder ${problem}` }),
  };
}

/** Reads the first 4 kB of a file; empty if it is unreadable. */
export function readHead(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.toString('utf8', 0, readSync(fd, head));
    } finally {
      closeSync(fd);
    }
  } catch {
    return ''; // Not a handler until it is readable.
  }
}

function fileAt(folder: string, name: string): FoundFile | undefined {
  const path = `${folder}/${name}`;
  const entry = lstatOf(path);
  if (entry === undefined || entry.isDirectory()) return undefined;
  const target = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  const signature = [
    name,
    entry.ino,
    entry.ctimeMs,
    target?.ino,
    target?.size,
    target?.mtimeMs,
    target?.ctimeMs,
    target?.mode,
  ].join(' ');
  const problem = problemOf(folder, path, entry, target);
  return {
    name,
    path,
    signature,
    isExecutable: ((target?.mode ?? 0) & 0o111) !== 0,
    ...(problem === undefined ? {} : { problem }),
  };
}

function problemOf(
  folder: string,
  path: string,
  entry: Stats,
  target: Stats | undefined,
): string | undefined {
  if (target === undefined) return 'is a link to a missing file';
  if (target.isDirectory()) return 'is a link to a folder';
  if (!target.isFile()) return 'is not a file';
  if (entry.isSymbolicLink() && !isInside(folder, path)) return 'is a link that leaves the folder';
  return writableByOthers(target);
}

function isInside(folder: string, path: string): boolean {
  try {
    return realpathSync(path).startsWith(`${realpathSync(folder)}/`);
  } catch {
    return false; // It changes at this moment.
  }
}

function writableByOthers({ mode, uid }: Stats): string | undefined {
  if (process.platform === 'win32') return undefined;
  if ((mode & 0o002) !== 0) return 'can be changed by every user (chmod o-w)';
  return uid === process.getuid?.() || uid === 0 ? undefined : 'belongs to another user';
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined; // A parent folder is closed, or not a folder.
  }
}

/** Returns the name without its extension. */
export function baseName(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** Returns the sidecar of a file: `NAME.json` has the settings of `NAME` or `NAME.EXT`. */
export function sidecarOf(file: FoundFile, files: readonly FoundFile[]): FoundFile | undefined {
  return file.name.endsWith('.json')
    ? undefined
    : files.find(({ name }) => name === `${baseName(file.name)}.json`);
}
