import { copyFileSync, linkSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { listFilesBelow } from '../core/file-keeper.ts';
import { namesIn, removeQuietly } from '../core/files.ts';
import { removeTree } from '../core/remove-tree.ts';
import { sqliteDriver } from '../store/driver.ts';
import { takeLead } from '../store/leader-lock.ts';
import { tryHoldStore } from './hold-store.ts';
import { journalFolder, restoreLock } from './restore/places.ts';
import { REFS } from './snapshot.ts';
import { OWNER, readOwner, SNAPSHOTS, writeOwner } from './store-owner.ts';
import { readIdentity, type WorkTree } from './work-tree.ts';

/**
 * Gives a work tree the store of the folder from which it was moved: that one has the same `.git`,
 * and nothing, or another repository, is at its path now. Where another repository was here
 * meanwhile and left a store, it gets the snapshots of both.
 * @param folder Where the store of the work tree is, or will be.
 */
export function adoptMovedStore(
  { path, repository }: WorkTree,
  stateRoot: string,
  folder: string,
): void {
  if (repository === undefined) return;
  const { identity } = repository;
  const own = readOwner(folder);
  if (own?.identity === identity) return;
  for (const name of namesIn(`${stateRoot}/${SNAPSHOTS}`)) {
    const other = `${stateRoot}/${SNAPSHOTS}/${name}`;
    const owner = readOwner(other);
    if (other === folder || owner?.identity !== identity) continue;
    if (readIdentity(owner.path) === identity) continue;
    if (own !== undefined) {
      if (own.objectFormat === owner.objectFormat) mergeStore(other, folder);
      return;
    }
    try {
      renameSync(other, folder);
    } catch {
      return; // another process was first
    }
    writeOwner(folder, { ...owner, path });
    return;
  }
}

/**
 * Adds the snapshots and the restores of one store to another, and deletes it. Objects first, then
 * the refs that need them; a kill in between is finished by the next call. Does nothing while one
 * of the stores is in use.
 */
function mergeStore(from: string, into: string): void {
  const releases: (() => void)[] = [];
  try {
    for (const folder of [from, into]) {
      for (const lock of [
        takeLead(restoreLock({ folder }), sqliteDriver()),
        tryHoldStore({ folder }),
      ]) {
        if (lock === undefined) return;
        releases.push(lock.release);
      }
    }
    for (const path of inOrderOfNeed(listFilesBelow(from, 'objects').map((one) => one.path)))
      addFile(`${from}/${path}`, `${into}/${path}`);
    for (const { path } of listFilesBelow(from, REFS))
      addFile(`${from}/${path}`, `${into}/${path}`);
    moveRestores(from, into);
    removeQuietly(`${from}/${OWNER}`);
    removeTree(from);
  } finally {
    for (const release of releases) release();
  }
}

/** Git looks for the index of a pack, so that comes last. */
function inOrderOfNeed(paths: readonly string[]): readonly string[] {
  const isIndex = (path: string): number => Number(path.endsWith('.idx'));
  return paths.toSorted((a, b) => isIndex(a) - isIndex(b));
}

/** A file that is there has the same content: its name says what is in it. */
function addFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  try {
    linkSync(from, to);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    copyFileSync(from, to); // no hard links there
  }
}

/** After those of the other store: the last one is what `--undo` takes back. */
function moveRestores(from: string, into: string): void {
  const numbersIn = (folder: string): readonly number[] =>
    namesIn(journalFolder({ folder }))
      .filter((name) => /^\d{6,}$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b);
  const nameOf = (number: number): string => String(number).padStart(6, '0');
  const moved = numbersIn(from);
  if (moved.length === 0) return;
  mkdirSync(journalFolder({ folder: into }), { recursive: true, mode: 0o700 });
  let last = numbersIn(into).at(-1) ?? 0;
  for (const number of moved) {
    last += 1;
    const target = `${journalFolder({ folder: into })}/${nameOf(last)}`;
    renameSync(`${journalFolder({ folder: from })}/${nameOf(number)}`, target);
  }
}
