import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { deflateSync } from 'node:zlib';
import { removeQuietly } from '../core/files.ts';
import { PACKS, type SnapshotStore } from './open-store.ts';
import { formatRef, type SnapshotFacts } from './snapshot.ts';

/** The commit of a snapshot and where its ref is. */
export interface PlacedCommit {
  readonly ref: string;
  readonly commit: string;
}

/**
 * Writes a commit of a tree that the store has, and its ref, without git: to start it costs more
 * than all else in a snapshot without changes. The ref is there only with the commit, on the disk.
 * @returns `undefined` if the disk refuses; there is then no ref.
 */
export function writeSameTreeCommit(
  { folder, nullId }: SnapshotStore,
  facts: SnapshotFacts,
  tree: string,
): PlacedCommit | undefined {
  const object = commitObject(facts, tree);
  const hash = createHash(nullId.length === 64 ? 'sha256' : 'sha1');
  const commit = hash.update(object).digest('hex');
  const ref = formatRef(facts);
  const objectDraft = `${folder}/objects/tmp_obj_${facts.id}`;
  const refDraft = `${folder}/ref-draft-${facts.id}`;
  try {
    const path = `${folder}/objects/${commit.slice(0, 2)}/${commit.slice(2)}`;
    placeFile(path, { draft: objectDraft, content: deflateSync(object) });
    // outside `refs`, where git would take the draft for a ref
    placeFile(`${folder}/${ref}`, { draft: refDraft, content: Buffer.from(`${commit}\n`) });
    return { ref, commit };
  } catch {
    for (const draft of [objectDraft, refDraft]) removeQuietly(draft);
    return undefined; // git says why, when it tries the same
  }
}

/** As `git fast-import` writes it. */
function commitObject(facts: SnapshotFacts, tree: string): Buffer {
  const person = commitPerson(facts);
  const head = `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\n`;
  const content = Buffer.concat([Buffer.from(head), commitMessage(facts)]);
  return Buffer.concat([Buffer.from(`commit ${content.length}\0`), content]);
}

/** The name and time in a snapshot's commit. */
export function commitPerson({ at }: SnapshotFacts): string {
  return `waymark <waymark> ${Math.max(0, Math.floor(at / 1000))} +0000`;
}

export function commitMessage(facts: SnapshotFacts): Buffer {
  return Buffer.from(JSON.stringify(facts));
}

interface Draft {
  readonly draft: string;
  readonly content: Buffer;
}

function placeFile(path: string, { draft, content }: Draft): void {
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  renameSync(draft, path);
}

/**
 * Names the packs of a store: it differs once one came or went. A tree that was in one of them is
 * there as long as it is the same.
 */
export function stampPacks({ folder }: SnapshotStore): string {
  const found = lstatSync(`${folder}/${PACKS}`, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino}-${found.mtimeNs}-${found.ctimeNs}`;
}
