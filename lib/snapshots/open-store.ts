import { mkdirSync } from 'node:fs';
import { removeQuietly } from '../core/files.ts';
import { makePrivateFolder } from '../core/state-folder.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { Environment } from '../git/run-git.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { adoptMovedStore } from './adopt-store.ts';
import { readOwner, SNAPSHOTS, writeOwner } from './store-owner.ts';
import { storeName, type WorkTree } from './work-tree.ts';

/**
 * The snapshots of one work tree: a git directory of our own in the state folder. It has its own
 * objects and needs none of the repository's.
 */
export interface SnapshotStore {
  /** The git directory, absolute. */
  readonly folder: string;
  /** The work tree, absolute. It may be gone. */
  readonly workTree: string;
  readonly environment: Environment;
  /** The id of no object, as long as ids are here. */
  readonly nullId: string;
}

export { SNAPSHOTS } from './store-owner.ts';

/** Where the packs of a store are. */
export const PACKS = 'objects/pack';

const PRIVATE = { mode: 0o600, fsync: false };

/**
 * Bytes go in and out as they are, whatever the attributes of the work tree say; these have the
 * last word.
 */
const ATTRIBUTES = '* -text -eol -crlf -filter -ident -working-tree-encoding !diff\n';

export interface OpenStoreParts {
  readonly stateRoot: string;
  readonly environment: Environment;
}

/**
 * Whether `.git` is another one than at the last snapshot: deleted and cloned anew, or made where
 * there was none.
 */
export interface OpenedStore extends SnapshotStore {
  readonly isRecloned: boolean;
}

/**
 * Opens the store of a work tree, and makes it if there is none.
 * @throws {@link GitFailure}, or the errno of a disk that refuses.
 */
export async function openStore(tree: WorkTree, parts: OpenStoreParts): Promise<OpenedStore> {
  const folder = storeFolder(parts.stateRoot, tree.path);
  adoptMovedStore(tree, parts.stateRoot, folder);
  const known = readOwner(folder);
  const objectFormat = known?.objectFormat ?? tree.repository?.objectFormat ?? 'sha1';
  const { environment } = parts;
  const store = { folder, workTree: tree.path, environment, nullId: nullIdOf(objectFormat) };
  const identity = tree.repository?.identity;
  if (known === undefined) await makeStore(store, objectFormat);
  if (known === undefined || known.identity !== identity || known.path !== tree.path)
    writeOwner(folder, { path: tree.path, objectFormat, identity });
  return { ...store, isRecloned: known !== undefined && known.identity !== identity };
}

/**
 * The store of a work tree, or of one that was at this path; `undefined` if there is none. A store
 * of a work tree that was moved here comes along.
 */
export function findStore(
  tree: WorkTree,
  { stateRoot, environment }: OpenStoreParts,
): SnapshotStore | undefined {
  const folder = storeFolder(stateRoot, tree.path);
  adoptMovedStore(tree, stateRoot, folder);
  const store = storeAt(folder, environment);
  return store && { ...store, workTree: tree.path };
}

/** The store in a folder; `undefined` where none was finished. */
export function storeAt(folder: string, environment: Environment): SnapshotStore | undefined {
  const owner = readOwner(folder);
  if (owner === undefined) return undefined;
  return { folder, workTree: owner.path, environment, nullId: nullIdOf(owner.objectFormat) };
}

/** How git is called for a store without its work tree: to read what it has. */
export function createStoreGit(store: SnapshotStore, more: Partial<StoreGit> = {}): StoreGit {
  return { gitDir: store.folder, environment: store.environment, ...more };
}

function nullIdOf(objectFormat: string): string {
  return '0'.repeat(objectFormat === 'sha256' ? SHA256_DIGITS : 40);
}

function storeFolder(stateRoot: string, workTree: string): string {
  return `${stateRoot}/${SNAPSHOTS}/${storeName(workTree)}`;
}

async function makeStore(store: SnapshotStore, objectFormat: string): Promise<void> {
  makePrivateFolder(store.folder);
  await runInit(store, objectFormat);
  mkdirSync(`${store.folder}/info`, { recursive: true, mode: 0o700 });
  replaceFile(`${store.folder}/info/attributes`, ATTRIBUTES, PRIVATE);
}

/** Writes the settings of a store anew, where they were damaged. Objects and refs stay. */
export async function initStore(store: SnapshotStore): Promise<void> {
  for (const name of ['HEAD', 'config']) removeQuietly(`${store.folder}/${name}`);
  await runInit(store, store.nullId.length === SHA256_DIGITS ? 'sha256' : 'sha1');
}

async function runInit(store: SnapshotStore, objectFormat: string): Promise<void> {
  const init = ['init', '-q', '--bare', '--template=', `--object-format=${objectFormat}`];
  await callStoreGit(createStoreGit(store), init);
}

const SHA256_DIGITS = 64;
