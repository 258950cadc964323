import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * The first file that git reads in any repository and that is a pipe or a device: git would wait
 * for it, or read it without end. Looks where git looks for the repository of `folder`; only asks
 * what is there.
 * @param readsIndex Whether the call reads index and rules, too.
 * @returns `undefined` if there is none. Never throws.
 */
export function findOddGitFile(folder: string, readsIndex: boolean): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const places = findGitFolders(`${at}/.git`);
    if (places.length > 0) return firstOdd(places, readsIndex ? [...ALWAYS, ...SOMETIMES] : ALWAYS);
    // git looks whether this is a bare repository
    if (isOdd(`${at}/HEAD`)) return `${at}/HEAD`;
    if (dirname(at) === at) return undefined;
  }
}

const ALWAYS = ['HEAD', 'commondir', 'config', 'config.worktree', 'objects/info/alternates'];

const SOMETIMES = [
  ...['index', 'packed-refs', 'shallow'],
  ...['info/attributes', 'info/exclude', 'info/grafts', 'info/sparse-checkout'],
];

/** Whether something other than a file or folder is there; links are followed. Never throws. */
export function isOdd(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found !== undefined && !found.isFile() && !found.isDirectory();
  } catch {
    return false;
  }
}

function firstOdd(places: readonly string[], names: readonly string[]): string | undefined {
  return places.flatMap((place) => names.map((name) => `${place}/${name}`)).find(isOdd);
}

/**
 * The git directory that `.git` is or names, and the one that it shares with others. Never throws.
 */
export function findGitFolders(marker: string): readonly string[] {
  try {
    const found = statSync(marker, { throwIfNoEntry: false });
    if (found === undefined) return [];
    const own = found.isFile() ? namedIn(marker, /^gitdir: (.+)$/m) : marker;
    if (own === undefined) return [];
    const common = namedIn(`${own}/commondir`, /^(.+)$/m);
    return common === undefined ? [own] : [own, common];
  } catch {
    return [];
  }
}

/** The path that a small file names, relative to its folder. */
function namedIn(path: string, shape: RegExp): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > MAX_BYTES) return undefined;
  const named = shape.exec(readFileSync(path, 'utf8'))?.[1];
  return named === undefined ? undefined : resolve(dirname(path), named);
}

const MAX_BYTES = 4_096;
