import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { splitPaths } from './ignore-rules.ts';
import type { BytePath } from './restore/path-state.ts';

/** Entries of the index, as {@link invalidateEntries} takes them; none for a path that it lacks. */
export async function listIndexEntries(
  git: StoreGit,
  paths: readonly BytePath[],
): Promise<ReadonlyMap<BytePath, string>> {
  if (paths.length === 0) return new Map();
  const wanted = new Set(paths);
  const printed = await callStoreGit(git, ['ls-files', '-z', '-s']);
  return new Map(
    splitPaths(printed).flatMap((entry) => {
      const path = entry.slice(entry.indexOf('\t') + 1);
      return wanted.has(path) ? [[path, entry] as const] : [];
    }),
  );
}

/** Lets git read the content of these files again, whatever their times say. */
export async function invalidateEntries(git: StoreGit, entries: readonly string[]): Promise<void> {
  if (entries.length === 0) return;
  const input = Buffer.from(entries.map((entry) => `${entry}\0`).join(''), 'latin1');
  await callStoreGit(git, ['update-index', '-z', '--index-info'], { input });
}
