import { statSync } from 'node:fs';
import { readPlainFile } from '../core/read-plain-file.ts';

/**
 * The work tree of a folder and its HEAD. Read from files: starting git would cost more than the
 * whole hook.
 */
export interface GitHead {
  /** Top folder of the work tree. */
  readonly worktree: string;
  /** The git directory that all work trees of the repository share. */
  readonly repository: string;
  /** Object id of HEAD. Missing in a repository without commits. */
  readonly head?: string;
  /** Missing when HEAD is detached. */
  readonly branch?: string;
}

/** How many parent folders are searched. */
const MAX_LEVELS = 64;

/** The text before a branch name in HEAD. */
const REF_MARK = 'ref: ';

/**
 * Size limits of the small files, and of packed-refs (about 100,000 refs). The files belong to a
 * repository, so they may contain anything.
 */
const SMALL = 4_096;
const PACKED = 8 << 20;

/** Longest ref path that HEAD may name. */
const MAX_REF_LENGTH = 1_024;

/**
 * Reads the git state of `folder`, or returns `undefined` outside a work tree. Never throws. @see
 * gitrepository-layout(5)
 */
export function readGitHead(folder: string): GitHead | undefined {
  try {
    const found = findGitFolder(folder);
    if (found === undefined) return undefined;
    const { worktree, gitFolder, isLinked } = found;
    const repository = isLinked ? commonFolder(gitFolder) : gitFolder;
    const head = readText(`${gitFolder}/HEAD`) ?? '';
    const ref = head.startsWith(REF_MARK) ? refIn(head) : undefined;
    const id = ref === undefined ? head : resolveRef(ref, gitFolder, repository);
    const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
    return {
      worktree,
      repository,
      ...(id !== undefined && isObjectId(id) ? { head: id } : {}),
      ...(branch === undefined || branch === '.invalid' ? {} : { branch }),
    };
  } catch {
    return undefined; // Reporting a damaged repository is git's job.
  }
}

interface FoundFolder {
  readonly worktree: string;
  readonly gitFolder: string;
  /** Whether a file named it: a linked work tree, or a submodule. */
  readonly isLinked: boolean;
}

function findGitFolder(start: string): FoundFolder | undefined {
  let folder = start.endsWith('/') ? start.replace(/\/+$/, '') : start;
  for (let level = 0; level < MAX_LEVELS && folder !== ''; level += 1) {
    const marker = `${folder}/.git`;
    const found = statSync(marker, { throwIfNoEntry: false });
    if (found?.isDirectory()) return { worktree: folder, gitFolder: marker, isLinked: false };
    const link = found?.isFile() ? /^gitdir: (.+)$/m.exec(readText(marker) ?? '')?.[1] : undefined;
    if (link !== undefined)
      return {
        worktree: folder,
        gitFolder: link.startsWith('/') ? link : normalize(`${folder}/${link}`),
        isLinked: true,
      };
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
  }
  return undefined;
}

/**
 * Returns the shared git directory. A linked work tree names it in `commondir`, relative to its
 * own.
 */
function commonFolder(gitFolder: string): string {
  const common = readText(`${gitFolder}/commondir`);
  if (common === undefined) return gitFolder;
  return common.startsWith('/') ? common : normalize(`${gitFolder}/${common}`);
}

/**
 * Reads the ref in HEAD, if git would allow its name. A ref that climbs out of the repository could
 * lead to any file.
 */
function refIn(head: string): string | undefined {
  const ref = head.slice(REF_MARK.length);
  const isAllowed =
    ref.length <= MAX_REF_LENGTH &&
    ref.startsWith('refs/') &&
    !/[\u0000-\u0020\u007f-\u009f~^:?*[\\]|\.\.|\/\//.test(ref);
  return isAllowed ? ref : undefined;
}

function isObjectId(text: string): boolean {
  return text.length >= 40 && text.length <= 64 && /^[0-9a-f]+$/.test(text);
}

function resolveRef(ref: string, gitFolder: string, repository: string): string | undefined {
  const loose = readText(`${gitFolder}/${ref}`) ?? readText(`${repository}/${ref}`);
  if (loose !== undefined) return loose;
  const line = readText(`${repository}/packed-refs`, PACKED)
    ?.split('\n')
    .find((packed) => packed.endsWith(` ${ref}`));
  return line?.slice(0, line.indexOf(' '));
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Reads a plain file, without its line end. */
function readText(path: string, maxBytes = SMALL): string | undefined {
  const read = readPlainFile(path, { maxBytes });
  return read !== undefined && 'text' in read ? read.text.trim() : undefined;
}
