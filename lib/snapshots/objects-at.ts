import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { readObjects } from './read-objects.ts';
import type { BytePath } from './restore/path-state.ts';
import { FILES } from './write-commit.ts';

/**
 * Ids of what snapshots have at a path, in their order.
 * @param path Of a file or folder; empty: all files.
 * @returns `undefined` for each that does not have the path.
 * @throws {@link GitFailure}
 */
export async function readIdsAt(
  git: StoreGit,
  commits: readonly string[],
  path: BytePath,
): Promise<ReadonlyArray<string | undefined>> {
  // git reads one name a line, so from the first folder with a line break on, trees are read
  const parts = path === '' ? [] : path.split('/');
  const cut = parts.findIndex((part) => part.includes('\n'));
  const above = cut === -1 ? parts : parts.slice(0, cut);
  let ids = await readIds(
    git,
    commits.map((commit) => `${commit}:${[FILES, ...above].join('/')}`),
  );
  for (const part of parts.slice(above.length)) ids = await readIdsInside(git, ids, part);
  return ids;
}

async function readIds(
  git: StoreGit,
  names: readonly string[],
): Promise<ReadonlyArray<string | undefined>> {
  const input = Buffer.from(names.map((name) => `${name}\n`).join(''), 'latin1');
  const asked = await callStoreGit(git, ['cat-file', '--batch-check'], { input });
  const lines = asked.toString('latin1').split('\n');
  return names.map((_, index) => /^[0-9a-f]{40,64}(?= )/.exec(lines[index] ?? '')?.[0]);
}

/** What trees have under a name. What is no tree has nothing. */
async function readIdsInside(
  git: StoreGit,
  trees: ReadonlyArray<string | undefined>,
  name: BytePath,
): Promise<ReadonlyArray<string | undefined>> {
  const distinct = [...new Set(trees.flatMap((tree) => tree ?? []))];
  const contents = await readObjects(
    git,
    distinct.map((tree) => `${tree}^{tree}`),
  );
  const found = new Map(
    distinct.map((tree, index) => [tree, idInTree(contents[index], name, tree.length / 2)]),
  );
  return trees.map((tree) => (tree === undefined ? undefined : found.get(tree)));
}

/** Entries are `MODE NAME`, a zero byte, and the bytes of the id. */
function idInTree(
  content: Buffer | undefined,
  name: BytePath,
  idBytes: number,
): string | undefined {
  if (content === undefined) return undefined;
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const next = end + 1 + idBytes;
    const head = content.toString('latin1', at, end);
    if (head.slice(head.indexOf(' ') + 1) === name) return content.toString('hex', end + 1, next);
    at = next;
  }
  return undefined;
}
