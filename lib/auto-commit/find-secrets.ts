import { setImmediate as nextTurn } from 'node:timers/promises';
import { callRepositoryGit, type RepositoryGit } from '../git/repository-git.ts';
import { GitFailure } from '../git/git-failure.ts';
import { redactTokens } from '../secrets/redact.ts';
import { RefusedCommit } from './auto-commit.ts';
import { formatPath } from './commit-message.ts';
import type { TreeDifference } from './tree-differences.ts';

/** A larger file cannot be looked through beside the worker's other work. */
const MAX_FILE_BYTES = 2 << 20;

const MAX_BYTES = 64 << 20;

/** Files that one call of git reads. */
const MAX_AT_ONCE = 64;

/** Most files that a refusal names. */
const MAX_NAMED = 10;

/**
 * Looks for secrets in the content that a commit would bring into the repository, after filters.
 * @throws {@link RefusedCommit} naming the files that have some, or that are too large to tell.
 */
export async function requireNoSecrets(
  git: RepositoryGit,
  differences: readonly TreeDifference[],
): Promise<void> {
  const files = differences.filter(({ status, isFile }) => status !== 'removed' && isFile);
  const sizes = await sizesOf(git, files);
  const large = files.filter((_, index) => (sizes[index] ?? 0) > MAX_FILE_BYTES);
  if (large.length > 0) throw refusal('too-large', large, 'too large to check for secrets');
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_BYTES)
    throw refusal('too-large', files, 'too many changes to check for secrets');
  const found: TreeDifference[] = [];
  for (let start = 0; start < files.length; start += MAX_AT_ONCE) {
    const some = files.slice(start, start + MAX_AT_ONCE);
    for (const [index, content] of (await contentsOf(git, some)).entries()) {
      const file = some[index];
      if (file !== undefined && hasSecret(content)) found.push(file);
      await nextTurn(); // the worker has other things to do
      git.signal.throwIfAborted();
    }
  }
  if (found.length > 0) throw refusal('secret', found, 'with what looks like a secret');
}

function hasSecret(content: Buffer): boolean {
  const text = content.toString(content.includes(0) ? 'latin1' : 'utf8');
  return redactTokens(text) !== text;
}

async function contentsOf(
  git: RepositoryGit,
  files: readonly TreeDifference[],
): Promise<readonly Buffer[]> {
  const input = files.map(({ oid }) => `${oid}\n`).join('');
  const maxBytes = MAX_BYTES + files.length * 200; // a line for each
  const printed = await callRepositoryGit(git, ['cat-file', '--batch=%(objectsize)'], {
    ...{ input, maxBytes },
  });
  let at = 0;
  return files.map(({ path }) => {
    const lineEnd = printed.indexOf(10, at);
    const size = Number(printed.toString('latin1', at, lineEnd));
    // a file that cannot be read is not one without secrets
    if (lineEnd === -1 || !Number.isInteger(size))
      throw new GitFailure(`git lost the content of ${formatPath(path)}`);
    at = lineEnd + 1 + size + 1;
    return printed.subarray(lineEnd + 1, lineEnd + 1 + size);
  });
}

async function sizesOf(
  git: RepositoryGit,
  files: readonly TreeDifference[],
): Promise<readonly number[]> {
  if (files.length === 0) return [];
  const input = files.map(({ oid }) => `${oid}\n`).join('');
  const printed = await callRepositoryGit(git, ['cat-file', '--batch-check=%(objectsize)'], {
    input,
  });
  return printed.toString('utf8').split('\n').map(Number);
}

function refusal(
  cause: 'secret' | 'too-large',
  files: readonly TreeDifference[],
  what: string,
): RefusedCommit {
  const paths = files.slice(0, MAX_NAMED).map(({ path }) => formatPath(path));
  const more = files.length - paths.length;
  const named = `${paths.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return new RefusedCommit({ cause, reason: `${what}: ${named}`, paths });
}
