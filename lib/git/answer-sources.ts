import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findGitFolders } from './odd-git-files.ts';
import type { Environment } from './run-git.ts';

/** What a file or folder was at one moment. */
export interface SourceStamp {
  /** Differs once one of the sources is another one. */
  readonly text: string;
  /** Milliseconds since the epoch of the latest change of a file among them. */
  readonly changedMs: number;
}

/**
 * Paths of all that decides how git understands `folder` and which settings hold there, whether
 * they exist or not.
 * @param listed What `git config --list --show-origin -z` prints there.
 * @returns `undefined` if a setting includes a file that only git can find, or if they are so many
 * that to look at them takes longer than to ask git.
 */
export function listAnswerSources(
  folder: string,
  environment: Environment,
  listed: string,
): readonly string[] | undefined {
  const sources = new Set([...placesAbove(folder), ...userFiles(environment)]);
  if (listed.length > MAX_LISTED) return undefined;
  const fields = listed.split('\0');
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, origin] = /^file:(.+)$/s.exec(fields[at] ?? '') ?? [];
    if (origin === undefined) continue; // one of our own, from the command line
    const file = resolve(folder, origin);
    sources.add(file);
    const [, named] = /^include(?:if\..*)?\.path\n(.*)$/is.exec(fields[at + 1] ?? '') ?? [];
    if (named === undefined) continue;
    const included = resolveIncluded(file, named, environment);
    if (included === undefined) return undefined;
    sources.add(included);
  }
  return sources.size > MAX_SOURCES ? undefined : [...sources];
}

const MAX_SOURCES = 250;

const MAX_LISTED = 1 << 20;

/** Git looks for a repository in each folder up to the root, and passes over what is none. */
function placesAbove(folder: string): readonly string[] {
  const places: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    places.push(at, `${at}/.git`, `${at}/HEAD`);
    for (const gitFolder of findGitFolders(`${at}/.git`))
      places.push(gitFolder, ...PARTS.map((part) => `${gitFolder}/${part}`));
    if (dirname(at) === at) return places;
  }
}

/** Without one of the first four, a folder is no git directory. Conditions can name the branch. */
const PARTS = ['HEAD', 'objects', 'refs', 'commondir', 'config', 'config.worktree'];

function userFiles(environment: Environment): readonly string[] {
  const home = environment['HOME'];
  const own = environment['XDG_CONFIG_HOME'] || (home === undefined ? '' : `${home}/.config`);
  return [
    '/etc/gitconfig',
    ...(home === undefined ? [] : [`${home}/.gitconfig`]),
    ...(own === '' ? [] : [`${own}/git/config`]),
  ];
}

function resolveIncluded(
  file: string,
  named: string,
  environment: Environment,
): string | undefined {
  if (named.startsWith('~/'))
    return environment['HOME'] === undefined
      ? undefined
      : `${environment['HOME']}/${named.slice(2)}`;
  return /^(?:~|%\()/.test(named) ? undefined : resolve(dirname(file), named);
}

/** What these paths are now. Never throws. */
export function stampSources(sources: readonly string[]): SourceStamp {
  let changed = 0n;
  const parts = sources.flatMap((path) => {
    const [own, target] = [lstatSync, statSync].map((look) => lookAt(look, path));
    for (const found of [own, target])
      if (found?.isDirectory() === false && found.ctimeNs > changed) changed = found.ctimeNs;
    return [describe(own), ...(own?.isSymbolicLink() === true ? [describe(target)] : [])];
  });
  return { text: parts.join('\n'), changedMs: Number(changed / 1_000_000n) };
}

function lookAt(look: typeof lstatSync, path: string): BigIntStats | undefined {
  try {
    return look(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // a folder above it is closed, or a file
  }
}

/** The times of a folder change with everything in it. Its owner decides whether git reads it. */
function describe(found: BigIntStats | undefined): string {
  if (found === undefined) return '-';
  const { dev, ino, mode, uid, size, mtimeNs, ctimeNs } = found;
  const place = `${dev} ${ino} ${mode} ${uid}`;
  return found.isDirectory() ? place : `${place} ${size} ${mtimeNs} ${ctimeNs}`;
}
