import { createHash } from 'node:crypto';
import { callStoreGit } from '../../git/store-git.ts';
import { createStoreGit, type SnapshotStore } from '../open-store.ts';
import { readContents } from '../read-snapshots.ts';
import type { BlobReader } from './stage-drafts.ts';

/** Content that is held in memory at once, unless one file alone is larger. */
const PORTION_BYTES = 32 << 20;

/** A store that has not, or not whole, what a snapshot says it has. */
export class LostContent extends Error {
  constructor(oid: string, problem: string) {
    super(`object ${oid.slice(0, 12)} of the snapshot is ${problem}`);
    this.name = 'LostContent';
  }
}

/**
 * Reads contents of a store in portions, and checks that each is what its name says. @throws
 * {@link LostContent}, GitFailure
 */
export function createBlobReader(store: SnapshotStore): BlobReader {
  return async function* read(oids) {
    for (const portion of portions(oids, await sizesOf(store, oids))) {
      const contents = await readContents(store, portion);
      for (const [index, oid] of portion.entries()) {
        const bytes = contents[index];
        if (bytes === undefined) throw new LostContent(oid, 'missing');
        if (nameOf(bytes, oid) !== oid) throw new LostContent(oid, 'damaged');
        yield [oid, bytes];
      }
    }
  };
}

/** The name that git gives a content, by the same kind of hash as `like`. */
function nameOf(bytes: Buffer, like: string): string {
  const hash = createHash(like.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

async function sizesOf(store: SnapshotStore, oids: readonly string[]): Promise<readonly number[]> {
  if (oids.length === 0) return [];
  const input = oids.map((oid) => `${oid}\n`).join('');
  const printed = await callStoreGit(createStoreGit(store), ['cat-file', '--batch-check'], {
    input,
  });
  return printed
    .toString('latin1')
    .split('\n')
    .map((line) => Number(/ (\d+)$/.exec(line)?.[1] ?? 0));
}

function* portions(oids: readonly string[], sizes: readonly number[]): Iterable<readonly string[]> {
  let portion: string[] = [];
  let bytes = 0;
  for (const [index, oid] of oids.entries()) {
    const size = sizes[index] ?? 0;
    if (portion.length > 0 && bytes + size > PORTION_BYTES) {
      yield portion;
      [portion, bytes] = [[], 0];
    }
    portion.push(oid);
    bytes += size;
  }
  if (portion.length > 0) yield portion;
}
