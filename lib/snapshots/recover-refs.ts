import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { listFilesBelow } from '../core/file-keeper.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import type { SnapshotStore } from './open-store.ts';
import { readObjects } from './read-objects.ts';
import { setRefTime } from './ref-times.ts';
import { TO_COMPACT } from './retention.ts';
import { formatRef, readFacts, REFS, type SnapshotFacts } from './snapshot.ts';

interface Found {
  readonly facts: SnapshotFacts;
  readonly commit: string;
}

/**
 * Gives the snapshots of a store their refs again that lost all of them: the commits say what they
 * are. Where snapshots were deleted and their space was not freed yet, nothing tells which, so none
 * gets one.
 * @param lastRef Of the latest snapshot; left out: not known.
 * @returns how many snapshots are lost.
 */
export async function recoverRefs(
  git: StoreGit,
  { folder }: SnapshotStore,
  lastRef: string | undefined,
): Promise<number> {
  if (listFilesBelow(folder, REFS).length > 0) return 0;
  const found = await listCommits(git);
  const isLastLost = lastRef !== undefined && !found.has(lastRef);
  if (lstatSync(`${folder}/${TO_COMPACT}`, { throwIfNoEntry: false }) !== undefined)
    return found.size + Number(isLastLost);
  let time = 0;
  for (const [ref, { commit, facts }] of [...found].toSorted(byNumber)) {
    mkdirSync(dirname(`${folder}/${ref}`), { recursive: true, mode: 0o700 });
    writeFileSync(`${folder}/${ref}`, `${commit}\n`, { mode: 0o600 });
    time = Math.max(time + 1, facts.at);
    setRefTime(`${folder}/${ref}`, time);
  }
  return Number(isLastLost);
}

type Named = readonly [ref: string, found: Found];

function byNumber([, one]: Named, [, other]: Named): number {
  return one.facts.number - other.facts.number;
}

/** The commits of snapshots by their refs. */
async function listCommits(git: StoreGit): Promise<ReadonlyMap<string, Found>> {
  const all = (await callStoreGit(git, LIST)).toString('latin1').split('\n');
  const commits = all.flatMap((line) => /^commit (\w+)$/.exec(line)?.[1] ?? []);
  const contents = await readObjects(git, commits);
  const found = new Map<string, Found>();
  for (const [index, commit] of commits.entries()) {
    const text = contents[index]?.toString('utf8') ?? '';
    const facts = readFacts(text.slice(text.indexOf('\n\n') + 2));
    if (facts === undefined) continue;
    const ref = formatRef(facts);
    // one that was made partial has a later commit, without what it lost
    if ((found.get(ref)?.facts.leftOut ?? -1) < facts.leftOut) found.set(ref, { facts, commit });
  }
  return found;
}

const LIST = ['cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)'];
