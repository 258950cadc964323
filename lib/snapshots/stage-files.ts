import { writeFileSync } from 'node:fs';
import { namesIn } from '../core/files.ts';
import { GitBlocked, GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { PACKS } from './open-store.ts';
import type { Candidate } from './list-changes.ts';
import type { BytePath } from './restore/path-state.ts';

export interface StagingParts {
  readonly git: StoreGit;
  /**
   * Called between two portions with the milliseconds that the last one took. @returns whether to
   * go on.
   */
  readonly pause: (tookMs: number) => Promise<boolean>;
  readonly clock: () => number;
}

/** What could not be taken, and why. */
export interface Staged {
  /** Paths that git could not read, or that changed kind while it did. */
  readonly refused: readonly BytePath[];
  /** Paths for which there was no time. */
  readonly late: readonly BytePath[];
}

/**
 * Stores the content of files and the text of links, raw, and puts them into the store's index.
 * What is in the index after a portion stays there whatever happens later, so that nothing is read
 * twice.
 */
export async function stageFiles(
  candidates: readonly Candidate[],
  { git, pause, clock }: StagingParts,
): Promise<Staged> {
  const refused: BytePath[] = [];
  const portions = portionsOf(candidates);
  const isBulk = candidates.length >= BULK;
  const caller = isBulk ? { ...git, settings: [...(git.settings ?? []), ...INTO_PACKS] } : git;
  const packs = new Set(packNames(git));
  for (const [index, portion] of portions.entries()) {
    const startedAt = clock();
    refused.push(...(await stage(caller, portion)));
    if (isBulk) keepNewPacks(git, packs);
    const isLast = index === portions.length - 1;
    if (!isLast && !(await pause(clock() - startedAt)))
      return { refused, late: portions.slice(index + 1).flat() };
  }
  return { refused, late: [] };
}

/** Takes paths out of the index, and puts nested repositories in, as commits. */
export async function editIndex(
  git: StoreGit,
  removed: readonly BytePath[],
  nested: ReadonlyMap<BytePath, string>,
  nullId: string,
): Promise<void> {
  const lines = [
    ...removed.map((path) => `0 ${nullId} 0\t${path}\0`),
    ...[...nested].map(([path, commit]) => `160000 ${commit} 0\t${path}\0`),
  ];
  if (lines.length === 0) return;
  const input = Buffer.from(lines.join(''), 'latin1');
  await callStoreGit(git, ['update-index', '-z', '--index-info'], { input });
}

/**
 * From so many files on, their content goes straight into a pack: a file for each is slow to make,
 * and takes a block of the disk.
 */
const BULK = 100;

/** Every file counts as a large one, and those are streamed into one pack. */
const INTO_PACKS = ['core.bigFileThreshold=0', 'core.looseCompression=1', 'core.compression=1'];

function packNames({ gitDir }: StoreGit): readonly string[] {
  return namesIn(`${gitDir}/${PACKS}`).filter((name) => name.endsWith('.pack'));
}

/** Packs with nothing but the content of many files: only a whole compaction writes them anew. */
function keepNewPacks(git: StoreGit, known: Set<string>): void {
  for (const name of packNames(git)) {
    if (known.has(name)) continue;
    known.add(name);
    writeFileSync(`${git.gitDir}/${PACKS}/${name.replace(/pack$/, 'keep')}`, '', { mode: 0o600 });
  }
}

const PORTION_FILES = 2_000;
const PORTION_BYTES = 32 << 20;

function portionsOf(candidates: readonly Candidate[]): ReadonlyArray<readonly BytePath[]> {
  const portions: BytePath[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  let portion: BytePath[] = [];
  for (const { path, size } of candidates) {
    if (bytes + size > PORTION_BYTES || portion.length >= PORTION_FILES) {
      portion = [];
      bytes = 0;
      portions.push(portion);
    }
    portion.push(path);
    bytes += size;
  }
  return portions;
}

/**
 * Git gives up at the first path that it cannot take, so a portion that fails is halved until that
 * path is found.
 */
async function stage(git: StoreGit, paths: readonly BytePath[]): Promise<readonly BytePath[]> {
  try {
    const input = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
    await callStoreGit(git, STAGE, { input });
    return [];
  } catch (error) {
    if (!(error instanceof GitFailure) || error.isMissing || isOurs(error)) throw error;
    if (paths.length === 1) return paths;
    const half = Math.ceil(paths.length / 2);
    const first = await stage(git, paths.slice(0, half));
    return [...first, ...(await stage(git, paths.slice(half)))];
  }
}

/**
 * `--remove`: a file that went meanwhile goes from the index; `--replace`: a file may be where a
 * folder was.
 */
const STAGE = ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'];

/** What concerns the store or the whole work tree, not a path. */
function isOurs(error: GitFailure): boolean {
  return error instanceof GitBlocked || OURS.test(error.message);
}

const OURS =
  /No space left|Out of diskspace|write error|quota|unable to (?:create|write)|index\.lock|index file|insufficient permission/i;
