import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
} from 'node:fs';
import { errnoOf, reasonOf } from '../../core/errors.ts';
import { type BytePath, parentFolder, pathBytes } from './path-state.ts';

/**
 * Whether an open folder has a path by its descriptor. Then no other process can replace a parent
 * folder of a file between two calls.
 */
const HAS_PATHS_OF_DESCRIPTORS = existsSync('/proc/self/fd');

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** A folder above a path is a link, or no folder, or one that we may not look into. */
export class NoFolder extends Error {
  readonly folder: BytePath;

  constructor(folder: BytePath, reason = 'a folder above it is a link, or not a folder') {
    super(reason);
    this.folder = folder;
  }
}

/**
 * Why a call failed, without its path: the path of a descriptor says nothing to the user, who gets
 * that of the file.
 */
export function callReason(error: unknown): string {
  return reasonOf(error).replace(/, \w+ '\/proc\/self\/fd\/.*$/s, '');
}

const CLOSED = 'permission denied to a folder above it';

/** Makes a folder that is missing, given its path below the work tree and the path of the call. */
export type MakeFolder = (folder: BytePath, at: Buffer) => void;

/**
 * Reaches paths below a work tree without following a link: every folder on the way is opened from
 * the one above it. The folder of the last path stays open, so paths in order cost one opening for
 * each folder. Close it.
 */
export class OpenFolders {
  readonly #root: string;
  #last: { readonly folder: BytePath; readonly fd: number; readonly at: Buffer } | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The path with which a call reaches `path`; valid until the next one is asked for.
   * @param make What to do about a missing folder; left out: it is an error.
   * @throws {@link NoFolder}; ENOENT when a folder is missing.
   */
  reach(path: BytePath, make?: MakeFolder): Buffer {
    const folder = parentFolder(path);
    if (this.#last?.folder !== folder) this.#open(folder, make);
    return below(this.#last?.at ?? Buffer.from(this.#root), path.slice(path.lastIndexOf('/') + 1));
  }

  /** What is at a path; `undefined`: nothing, or no folder above it. @throws {@link NoFolder} */
  look(path: BytePath): BigIntStats | undefined {
    try {
      return lstatSync(this.reach(path), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      if (errnoOf(error) === 'EACCES') throw new NoFolder(parentFolder(path), CLOSED);
      throw error;
    }
  }

  close(): void {
    if (this.#last !== undefined) closeSync(this.#last.fd);
    this.#last = undefined;
  }

  #open(folder: BytePath, make: MakeFolder | undefined): void {
    this.close();
    let fd = openSync(this.#root, O_RDONLY | O_DIRECTORY);
    let at = placeOf(fd, Buffer.from(this.#root));
    let way = '';
    for (const part of folder === '' ? [] : folder.split('/')) {
      way = way === '' ? part : `${way}/${part}`;
      const next = below(at, part);
      try {
        const opened = openFolder(next, way, make);
        closeSync(fd);
        fd = opened;
        at = placeOf(fd, next);
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    }
    this.#last = { folder, fd, at };
  }
}

function placeOf(fd: number, path: Buffer): Buffer {
  return HAS_PATHS_OF_DESCRIPTORS ? Buffer.from(`/proc/self/fd/${fd}`) : path;
}

function below(folder: Buffer, name: BytePath): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), pathBytes(name)]);
}

function openFolder(at: Buffer, folder: BytePath, make: MakeFolder | undefined): number {
  const open = (): number => openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return open();
  } catch (error) {
    if (['ELOOP', 'ENOTDIR', 'EMLINK'].includes(errnoOf(error))) throw new NoFolder(folder);
    if (errnoOf(error) === 'EACCES') throw new NoFolder(folder, CLOSED);
    if (errnoOf(error) !== 'ENOENT' || make === undefined) throw error;
    make(folder, at);
    return open();
  }
}

/**
 * Makes a folder, with these permission bits if any are known. Its owner may always write into it:
 * files are still to come.
 */
export function makeFolder(at: Buffer, mode: number | undefined): void {
  if (mode === undefined) {
    mkdirSync(at);
    return;
  }
  mkdirSync(at, { mode: 0o700 }); // at no moment open to more than it was
  chmodSync(at, mode | 0o700);
}
