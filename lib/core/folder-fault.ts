import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { errnoOf } from './errors.ts';

/** A reason not to use the state folder as it is. */
export interface FolderFault {
  /** One clause, such as "it is open to others (mode 755)". */
  readonly problem: string;
  /** One sentence with a command that can be pasted. */
  readonly remedy: string;
  /**
   * `mode`: the folder belongs to this user, and `chmod` fixes it. `owner`: it belongs to another
   * user. `place`: there is no folder, and none can be created.
   */
  readonly kind: 'mode' | 'owner' | 'place';
  /**
   * Whether others can create files in it, or nobody can. Hooks then write to the recovery folder
   * instead.
   */
  readonly isUnsafe: boolean;
}

/** Remedy for a folder that cannot be fixed. */
export const USE_ANOTHER_FOLDER = 'Run: export WAYMARK_HOME="$HOME/.waymark"';

/**
 * Checks that `root` is a folder of this user and closed to others, or can become one. Follows
 * links: what counts is the folder itself. Hooks, worker, commands and installer all use this one
 * check. Changes nothing, never throws.
 */
export function findFolderFault(root: string): FolderFault | undefined {
  try {
    const found = statSync(root, { throwIfNoEntry: false });
    if (found === undefined) return missingFault(root);
    if (!found.isDirectory()) {
      const aside = `Run: mv ${inQuotes(root)} ${inQuotes(`${root}.aside`)}`;
      return place('it is not a folder', hasWaymarkName(root) ? aside : USE_ANOTHER_FOLDER);
    }
    const mine = process.getuid?.();
    // Windows: the parent folder belongs to the user alone.
    if (mine === undefined) return undefined;
    return found.uid === mine ? modeFault(root, found.mode) : ownerFault(root, found.uid);
  } catch (error) {
    return unreachable(errnoOf(error));
  }
}

function modeFault(root: string, mode: number): FolderFault | undefined {
  const isOpen = (mode & 0o077) !== 0;
  if (!isOpen && (mode & 0o700) === 0o700) return undefined;
  const octal = (mode & 0o777).toString(8).padStart(3, '0');
  const problem = `it is ${isOpen ? 'open to others' : 'closed to you'} (mode ${octal})`;
  if (!isWaymarkFolder(root))
    return place(`${problem}, and contains other files`, USE_ANOTHER_FOLDER);
  return {
    problem,
    remedy: `Run: chmod 700 ${inQuotes(root)}`,
    kind: 'mode',
    isUnsafe: (mode & 0o022) !== 0,
  };
}

function ownerFault(root: string, uid: number): FolderFault {
  const fault = place(
    `it belongs to another user (uid ${uid})`,
    isWaymarkFolder(root) ? `Run: sudo chown -R "$(id -u)" ${inQuotes(root)}` : USE_ANOTHER_FOLDER,
  );
  return { ...fault, kind: 'owner' };
}

/** Names that exist in a state folder as soon as anything was installed or recorded. */
const MARKS = ['queue/pending', 'waymark.db', 'bin/version', 'throttle'];
const WRITTEN_BY_HAND = /^(?:config\.json|webhooks\.json|handlers)$/;

/**
 * Whether a folder belongs to waymark: by its name, by files of waymark in it, or because it
 * contains nothing but what a user writes for waymark. Protects `/`, `/usr` and home folders:
 * `WAYMARK_HOME` naming them is no reason to change or delete anything there, or to tell the user
 * to.
 */
export function isWaymarkFolder(root: string): boolean {
  try {
    return (
      hasWaymarkName(root) ||
      MARKS.some((mark) => statSync(`${root}/${mark}`, { throwIfNoEntry: false })) ||
      readdirSync(root).every((name) => WRITTEN_BY_HAND.test(name))
    );
  } catch {
    return false; // Closed to us: the content is unknown.
  }
}

function hasWaymarkName(root: string): boolean {
  return root.slice(root.lastIndexOf('/')).includes('waymark');
}

/** A missing folder is no fault, unless a link has its name or no folder can be created there. */
function missingFault(root: string): FolderFault | undefined {
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined)
    return isBelowFolder(root) ? undefined : unreachable('ENOTDIR');
  const target = readlinkSync(root);
  const path = target.startsWith('/') ? target : `${parentOf(root)}/${target}`;
  return place(
    'it is a link to a folder that is missing',
    `Run: mkdir -p -m 700 ${inQuotes(path)}`,
  );
}

/**
 * Whether the nearest existing ancestor is a folder. Some versions of Node report a file there as
 * nothing.
 */
function isBelowFolder(path: string): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  return statSync(parent, { throwIfNoEntry: false })?.isDirectory() ?? isBelowFolder(parent);
}

function unreachable(reason: string): FolderFault {
  return place(`it cannot be reached${reason && ` (${reason})`}`, USE_ANOTHER_FOLDER);
}

function place(problem: string, remedy: string): FolderFault {
  return { problem, remedy, kind: 'place', isUnsafe: true };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Quotes a path as one word for a shell. */
function inQuotes(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
