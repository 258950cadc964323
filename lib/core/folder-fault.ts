import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { errnoOf } from './errors.ts';

/** Why the state folder should not be used as it is. */
export interface FolderFault {
  /** One clause, such as "it is open to others (mode 755)". */
  readonly problem: string;
  /** One sentence with a command that can be pasted. */
  readonly remedy: string;
  /** `mode`: a folder of this user that `chmod` makes right. `owner`: of another user. `place`: there is no folder, and none can be made. */
  readonly kind: 'mode' | 'owner' | 'place';
  /** Whether others can put files there, or nothing can be put there. Hooks then keep everything outside. */
  readonly isUnsafe: boolean;
}

/** What helps where the folder cannot be made right. */
export const USE_ANOTHER = 'Run: export WAYMARK_HOME="$HOME/.waymark"';

/**
 * Looks whether `root` is a folder of this user that is closed to others, or can become one. Links are followed: the folder itself counts, whichever way leads to it.
 * The only judge of this: hooks, worker, commands and installer ask here. Changes nothing, never throws.
 */
export function folderFault(root: string): FolderFault | undefined {
  try {
    const found = statSync(root, { throwIfNoEntry: false });
    if (found === undefined) return missingFault(root);
    if (!found.isDirectory())
      return place('it is no folder', `Run: mv ${inQuotes(root)} ${inQuotes(`${root}.aside`)}`);
    const mine = process.getuid?.();
    if (mine === undefined) return undefined; // Windows: the folder above is the user's alone
    return found.uid === mine ? modeFault(root, found.mode) : ownerFault(root, found.uid);
  } catch (error) {
    return unreachable(errnoOf(error));
  }
}

function modeFault(root: string, mode: number): FolderFault | undefined {
  const isOpen = (mode & 0o077) !== 0;
  if (!isOpen && (mode & 0o700) === 0o700) return undefined;
  const octal = (mode & 0o777).toString(8).padStart(3, '0');
  return {
    problem: `it is ${isOpen ? 'open to others' : 'closed to you'} (mode ${octal})`,
    remedy: `Run: chmod 700 ${inQuotes(root)}`,
    kind: 'mode',
    isUnsafe: (mode & 0o022) !== 0,
  };
}

function ownerFault(root: string, uid: number): FolderFault {
  const fault = place(
    `it belongs to another user (uid ${uid})`,
    `Run: sudo chown -R "$(id -u)" ${inQuotes(root)}`,
  );
  return { ...fault, kind: 'owner' };
}

/** Nothing is there yet, which is fine, unless a link takes the name or no folder can be made there. */
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

/** Whether the nearest thing above that exists is a folder. Some versions of Node take a file there for nothing. */
function isBelowFolder(path: string): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  return statSync(parent, { throwIfNoEntry: false })?.isDirectory() ?? isBelowFolder(parent);
}

function unreachable(reason: string): FolderFault {
  return place(`it cannot be reached${reason && ` (${reason})`}`, USE_ANOTHER);
}

function place(problem: string, remedy: string): FolderFault {
  return { problem, remedy, kind: 'place', isUnsafe: true };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** As one word of a shell. */
function inQuotes(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
