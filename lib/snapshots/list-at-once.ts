import { lstatSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { GitBlocked, GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { splitPaths } from './ignore-rules.ts';
import { isAsIndexed } from './index-file.ts';
import { bytesBelow, closedFoldersIn, type Listing, statPath } from './list-changes.ts';
import { BrokenLookIndex, type LookIndex, unmaskId } from './look-index.ts';
import type { BytePath } from './restore/path-state.ts';

export interface AtOnceParts {
  readonly look: LookIndex;
  /** Paths whose index entries are known already. */
  readonly known: Pick<ReadonlyMap<BytePath, unknown>, 'has'>;
}

/**
 * Lists the same as `listDiffering` with one call of git instead of two.
 * @returns `undefined` where the two say more: a folder is closed, or a link has the place of a
 * folder of the index.
 * @throws {@link BrokenLookIndex}
 */
export async function listAtOnce(
  git: StoreGit,
  workTree: string,
  { look, known }: AtOnceParts,
): Promise<Listing | undefined> {
  let messages = '';
  const onMessages = (text: string): void => {
    messages = text;
  };
  let printed: Buffer;
  try {
    printed = await callStoreGit({ ...git, index: look.path }, LIST, { onMessages });
  } catch (error) {
    if (!(error instanceof GitFailure) || error instanceof GitBlocked || error.isMissing)
      throw error;
    throw new BrokenLookIndex('git cannot read the look index', { cause: error });
  }
  const { modified, missing, untracked } = sortLines(splitPaths(printed));
  if (closedFoldersIn(messages).length > 0) return undefined;
  if ([...missing].some((path) => isClosed(workTree, path))) return undefined;
  if (hasLinkAboveEntry(workTree, untracked, look)) return undefined;
  const listed = new Set([...modified, ...missing]);
  const differing = new Map<BytePath, string>();
  for (const path of listed) {
    const entry = known.has(path) ? undefined : look.find(path);
    // an empty file is listed always, and one that changed in the second of the look index
    if (entry !== undefined && isAsIndexed(statPath(workTree, path), entry)) continue;
    differing.set(path, entry === undefined ? '' : `${entry.mode} ${unmaskId(entry.oid)}`);
  }
  return { differing, untracked: new Set(untracked.files), nested: untracked.nested, closed: [] };
}

/** `-d` for git before 2.33, which does not count a missing file as modified. */
const LIST = ['ls-files', '-z', '-t', '-m', '-d', '-o', '--exclude-standard'];

interface Untracked {
  readonly files: readonly BytePath[];
  /** Repositories in the work tree. */
  readonly nested: readonly BytePath[];
}

interface SortedLines {
  readonly modified: ReadonlySet<BytePath>;
  /** Some versions of git list them as modified, too. */
  readonly missing: ReadonlySet<BytePath>;
  readonly untracked: Untracked;
}

/** Each line is a letter, a space and a path. */
function sortLines(lines: readonly string[]): SortedLines {
  const [modified, missing] = [new Set<BytePath>(), new Set<BytePath>()];
  const [files, nested]: [BytePath[], BytePath[]] = [[], []];
  for (const line of lines) {
    const path = line.slice(2);
    if (line.startsWith('C ')) modified.add(path);
    else if (line.startsWith('R ')) missing.add(path);
    else if (path.endsWith('/')) nested.push(path.slice(0, -1));
    else files.push(path);
  }
  return { modified, missing, untracked: { files, nested } };
}

/** Whether `lstat` fails, so that it cannot be said whether the path exists. */
function isClosed(workTree: string, path: BytePath): boolean {
  try {
    lstatSync(bytesBelow(workTree, path), { throwIfNoEntry: false });
    return false;
  } catch (error) {
    return errnoOf(error) !== 'ENOTDIR';
  }
}

/**
 * Whether a new link has the place of a folder: `ls-files` then finds the entries of that folder
 * through the link.
 */
function hasLinkAboveEntry(workTree: string, { files }: Untracked, look: LookIndex): boolean {
  return files.some(
    (path) => statPath(workTree, path)?.isSymbolicLink() === true && look.hasBelow(path),
  );
}
