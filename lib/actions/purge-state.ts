import { readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { withOwnFolder, removeTree } from '../core/remove-tree.ts';
import { realPathOr, type StateFolder } from '../core/state-folder.ts';
import { listForeignRecovery, listRecoveryFolders } from '../queue/recovery-folder.ts';
import { fileKinds, NO_LIMITS } from '../retention/keepers.ts';

/** What the user writes: never deleted. */
const USERS_FOLDER = 'handlers';

/**
 * What is made in the state folder and that no keeper looks after: names of a moment, and of other
 * versions.
 */
const BESIDES = /^(?:snapshots|trusted\.json|\..*\.tmp)$/;

/** A draft of a file that is replaced in one step, or the lock beside it. */
const BESIDE_A_FILE = /\.(?:lock|\d+|new-\d+)$/;

/** What a purge left, and why. */
export interface PurgeResult {
  /** Handlers that the user wrote. */
  readonly handlers: string | undefined;
  /** Not made by waymark. */
  readonly strange: readonly string[];
  /** Made by waymark, or in its place, but of another user, or refused by the system. */
  readonly refused: readonly string[];
}

/**
 * Deletes what waymark ever made, secrets first, and the folder itself if it is then empty. A
 * `WAYMARK_HOME` may point anywhere, so nothing else goes, and nothing in a folder of another user.
 */
export function purgeState(folder: StateFolder): PurgeResult {
  const root = realPathOr(folder.root);
  const inside = withOwnFolder(root, (at) => purgeRoot(at, folder.root));
  const kept = listRecoveryFolders(folder.recovery).flatMap(removeRecovery);
  const foreign = [
    ...listForeignRecovery(folder.recovery),
    ...(inside === undefined ? notOwn(root) : []),
  ];
  const { handlers, strange = [], refused = [] } = inside ?? {};
  if (inside !== undefined && root !== dirname(root)) removeIfEmpty(root);
  return { handlers, strange, refused: [...refused, ...kept, ...foreign] };
}

function purgeRoot(at: string, root: string): PurgeResult {
  const refused: string[] = [];
  for (const name of made(at))
    for (const left of removeTree(`${at}/${name}`)) refused.push(left.replace(at, root));
  const rest = readdirSync(at).filter((name) => !isOwnStateName(name));
  const theirs = rest.includes(USERS_FOLDER) && !isEmptied(`${at}/${USERS_FOLDER}`);
  return {
    handlers: theirs ? `${root}/${USERS_FOLDER}` : undefined,
    strange: rest.filter((name) => name !== USERS_FOLDER).map((name) => `${root}/${name}`),
    refused,
  };
}

/** What is in the folder and is ours, secrets first. */
function made(at: string): readonly string[] {
  const rank = (name: string): number => (/\.json(?:\.|$)|-token$/.test(name) ? 0 : 1);
  return readdirSync(at)
    .filter(isOwnStateName)
    .sort((a, b) => rank(a) - rank(b));
}

/** The user's folder above it is shared by all state folders: it goes with the last of them. */
function removeRecovery(path: string): readonly string[] {
  const left = removeTree(path);
  const user = dirname(path);
  if (/^waymark-/.test(user.slice(user.lastIndexOf('/') + 1))) removeIfEmpty(user);
  return left;
}

function notOwn(root: string): readonly string[] {
  return statSync(root, { throwIfNoEntry: false }) === undefined ? [] : [root];
}

function isEmptied(folder: string): boolean {
  removeIfEmpty(folder);
  return statSync(folder, { throwIfNoEntry: false }) === undefined;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // something is left in it, and was named
  }
}

/**
 * Whether waymark makes a file or folder of this name directly in the state folder. Its keepers say
 * what there is.
 */
export function isOwnStateName(name: string): boolean {
  if (name === USERS_FOLDER) return false;
  if (BESIDES.test(name)) return true;
  const plain = name.replace(BESIDE_A_FILE, '');
  return fileKinds(NO_LIMITS, () => undefined).some(
    ({ owns, folder }) =>
      (folder !== '' && folder.split('/')[0] === name.replace(/\.lock$/, '')) ||
      owns.test(name) ||
      (plain !== USERS_FOLDER && owns.test(plain)) ||
      owns.test(`${name}/x`),
  );
}
