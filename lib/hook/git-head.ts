import { statSync } from 'node:fs';
import { readPlain } from '../core/read-plain.ts';

/** Which work tree a folder belongs to, and where its HEAD is. Read from files: starting git would cost more than the whole hook. */
export interface GitHead {
  /** Top folder of the work tree. */
  readonly worktree: string;
  /** The repository's own folder, shared by all its work trees. */
  readonly repository: string;
  /** Object id of HEAD; missing in a repository without commits. */
  readonly head?: string;
  /** Missing when HEAD is detached. */
  readonly branch?: string;
}

/** How many folders upward are looked at. */
const MOST_LEVELS = 64;

/** The text before the name of a branch in HEAD. */
const REF_MARK = 'ref: ';

/** Largest of the small files, and largest packed-refs (some 100,000 refs). They come with the folder, so they may be anything. */
const SMALL = 4_096;
const PACKED = 8 << 20;

/** Longest path below the repository that HEAD may name. */
const LONGEST_REF = 1_024;

/** The git state of `folder`, or `undefined` outside a work tree. Never throws. @see gitrepository-layout(5) */
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
    return undefined; // a damaged repository is git's to report
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
  for (let level = 0; level < MOST_LEVELS && folder !== ''; level += 1) {
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

/** A linked work tree names the shared folder in `commondir`, relative to its own. */
function commonFolder(gitFolder: string): string {
  const common = readText(`${gitFolder}/commondir`);
  if (common === undefined) return gitFolder;
  return common.startsWith('/') ? common : normalize(`${gitFolder}/${common}`);
}

/** The ref in HEAD, if git would allow its name: one that climbs out of the repository could lead to any file. */
function refIn(head: string): string | undefined {
  const ref = head.slice(REF_MARK.length);
  const isAllowed =
    ref.length <= LONGEST_REF &&
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

/** Of a plain file alone, without its end of line. */
function readText(path: string, mostBytes = SMALL): string | undefined {
  const read = readPlain(path, { mostBytes });
  return read !== undefined && 'text' in read ? read.text.trim() : undefined;
}
