import type { BigIntStats } from 'node:fs';
import { accessSync, constants, lstatSync } from 'node:fs';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { splitPaths } from './ignore-rules.ts';
import { computeIdentity } from './restore/identity.ts';
import { type BytePath, parentFolder, pathBytes } from './restore/path-state.ts';
import type { LeftOutReason } from './snapshot.ts';
import type { StatNote } from './stat-notes.ts';

/** A file or link that is new, or not as the index of the store knows it. */
export interface Candidate extends StatNote {
  readonly path: BytePath;
  readonly isLink: boolean;
  /** See `computeIdentity`. */
  readonly identity: string;
}

/** What is at the paths that differ. */
export interface SortedPaths {
  /** Files and links to take. */
  readonly candidates: readonly Candidate[];
  /** What is there no more, or is no file any more. */
  readonly gone: readonly BytePath[];
  readonly leftOut: ReadonlyMap<BytePath, LeftOutReason>;
  /** Devices, sockets and pipes. */
  readonly special: number;
}

export interface ChangeLimits {
  /** Largest file that is taken. */
  readonly fileBytes: number;
  /** Most bytes that one snapshot takes. */
  readonly totalBytes: number;
}

/** What git finds different from the index. */
export interface Listing {
  /** Paths of the index that look different, with the mode and the object that the index has. */
  readonly differing: ReadonlyMap<BytePath, string>;
  /** Files and links that the index lacks and that are not ignored. */
  readonly untracked: ReadonlySet<BytePath>;
  /** Repositories in the work tree that the index lacks. */
  readonly nested: readonly BytePath[];
  /** Folders that git may not read: nobody knows what is in them. */
  readonly closed: readonly BytePath[];
}

/** Asks git what differs from the index. */
export async function listDiffering(git: StoreGit): Promise<Listing> {
  let messages = '';
  const onMessages = (text: string): void => {
    messages = text;
  };
  const calls = [
    callStoreGit(git, DIFFERING),
    callStoreGit(git, UNTRACKED, { onMessages }),
  ] as const;
  // Both have ended before one may fail: a call that waits for a pipe would wait without us.
  await Promise.allSettled(calls);
  const [differing, untracked] = await Promise.all(calls);
  const fields = splitPaths(differing);
  const entries = fields.flatMap((path, index): readonly [BytePath, string][] => {
    const [, mode, oid] = /^:(\d+) \d+ ([0-9a-f]+) /.exec(fields[index - 1] ?? '') ?? [];
    return index % 2 === 1 && mode !== undefined ? [[path, `${mode} ${oid}`]] : [];
  });
  const found = splitPaths(untracked);
  return {
    differing: new Map(entries),
    untracked: new Set(found.filter((path) => !path.endsWith('/'))),
    nested: found.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1)),
    closed: closedFoldersIn(messages),
  };
}

/** The folders of which git says that it could not open them. */
export function closedFoldersIn(messages: string): readonly BytePath[] {
  return messages.split('\n').flatMap((line) => {
    const path = /^warning: could not open directory '(.+?)\/?': /.exec(line)?.[1];
    return path === undefined ? [] : [Buffer.from(path, 'utf8').toString('latin1')];
  });
}

/** Also lists files of which only the time has changed. A line and a path for each. */
const DIFFERING = [
  'diff-files',
  '-z',
  '--raw',
  '--no-abbrev',
  '--no-renames',
  '--ignore-submodules=all',
];

/**
 * Lists files that the index does not have and that are not ignored. A repository inside the work
 * tree is one path, with `/` at its end.
 */
const UNTRACKED = ['ls-files', '-z', '-o', '--exclude-standard'];

/** Looks at each of these paths once. Links are never followed, not even above a path. */
export function sortPaths(
  paths: ReadonlySet<BytePath>,
  workTree: string,
  { fileBytes, totalBytes }: ChangeLimits,
): SortedPaths {
  const candidates: Candidate[] = [];
  const gone: BytePath[] = [];
  const leftOut = new Map<BytePath, LeftOutReason>();
  let special = 0;
  const isBelowLink = linkFinder(workTree);
  for (const path of paths) {
    const found = isBelowLink(path) ? undefined : statPath(workTree, path);
    const reason =
      found === undefined ? undefined : findLeftOutReason(workTree, path, found, fileBytes);
    if (found === undefined || found.isDirectory()) gone.push(path);
    else if (reason !== undefined) leftOut.set(path, reason);
    else if (found.isFile() || found.isSymbolicLink()) candidates.push(candidateOf(path, found));
    else {
      special += 1;
      gone.push(path);
    }
  }
  return { candidates: withinTotal(candidates, totalBytes, leftOut), gone, leftOut, special };
}

/** Tells whether a folder above a path is a link by now; looks at each folder once. */
function linkFinder(workTree: string): (path: BytePath) => boolean {
  const known = new Map<BytePath, boolean>([['', false]]);
  const isLink = (folder: BytePath): boolean => {
    const found =
      known.get(folder) ??
      (isLink(parentFolder(folder)) || statPath(workTree, folder)?.isSymbolicLink() === true);
    known.set(folder, found);
    return found;
  };
  return (path) => isLink(parentFolder(path));
}

/** What is at a path, links not followed; `undefined` if nothing is, or the way to it is closed. */
export function statPath(workTree: string, path: BytePath): BigIntStats | undefined {
  try {
    return lstatSync(bytesBelow(workTree, path), { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // a folder above it is a file by now, or closed
  }
}

function findLeftOutReason(
  workTree: string,
  path: BytePath,
  found: BigIntStats,
  fileBytes: number,
): LeftOutReason | undefined {
  if (!found.isFile()) return undefined;
  if (found.size > fileBytes) return 'too-large';
  try {
    accessSync(bytesBelow(workTree, path), constants.R_OK);
    return undefined;
  } catch {
    return 'unreadable';
  }
}

/** The bytes of a path below the work tree, for a system call. */
export function bytesBelow(workTree: string, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`${workTree}/`), pathBytes(path)]);
}

export function candidateOf(path: BytePath, found: BigIntStats): Candidate {
  return {
    path,
    isLink: found.isSymbolicLink(),
    identity: computeIdentity(found),
    mode: Number(found.mode & 0o7777n),
    mtimeNs: String(found.mtimeNs),
    size: Number(found.size),
  };
}

/**
 * What was changed last comes first: a session works there. The rest is taken by later snapshots.
 */
function withinTotal(
  candidates: readonly Candidate[],
  totalBytes: number,
  leftOut: Map<BytePath, LeftOutReason>,
): readonly Candidate[] {
  const total = candidates.reduce((sum, { size }) => sum + size, 0);
  if (total <= totalBytes) return candidates;
  let left = totalBytes;
  const latestFirst = candidates.toSorted((a, b) => Number(BigInt(b.mtimeNs) - BigInt(a.mtimeNs)));
  return latestFirst.filter(({ path, size }) => {
    if (size <= left) {
      left -= size;
      return true;
    }
    leftOut.set(path, 'beyond-total');
    return false;
  });
}
