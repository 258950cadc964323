/**
 * A path below a work tree, its bytes as latin1 letters: names need not be UTF-8, and `/` separates
 * them. Turn it into bytes with {@link pathBytes} before a call, into text with {@link pathText}
 * before it is shown.
 */
export type BytePath = string;

/**
 * What a path holds. Times are nanoseconds since the epoch as decimal text, so that JSON keeps them
 * whole.
 */
export type PathState = FileState | LinkState | NestedState;

export interface FileState {
  readonly kind: 'file';
  /** The git object with the content. */
  readonly oid: string;
  /** Permission bits. */
  readonly mode: number;
  readonly mtimeNs?: string | undefined;
}

export interface LinkState {
  readonly kind: 'link';
  /** The git object with the text of the link. */
  readonly oid: string;
  readonly mtimeNs?: string | undefined;
}

/** A repository inside the work tree. Only its commit is known. */
export interface NestedState {
  readonly kind: 'nested';
  readonly oid: string;
}

/** The paths of a snapshot. Folders are no entries. */
export type PathStates = ReadonlyMap<BytePath, PathState>;

/**
 * Whether both hold the same: kind, content, and of files the permission bits. Times do not count.
 */
export function isSameState(one: PathState | undefined, other: PathState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.kind !== other.kind || one.oid !== other.oid) return false;
  return one.kind !== 'file' || other.kind !== 'file' || one.mode === other.mode;
}

export function pathBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The path as text; what is not UTF-8 in it becomes `�`. */
export function pathText(path: BytePath): string {
  return pathBytes(path).toString('utf8');
}

/** The path that a text names. */
export function toBytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The folders above a path, outermost first, without the work tree itself. */
export function foldersAbove(path: BytePath): readonly BytePath[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The folder that holds a path; `''` for the work tree itself. */
export function parentFolder(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/**
 * Whether a path may be written: relative, without `.` and `..`, and neither in nor at a `.git`.
 * Our snapshots contain no other paths, but a manipulated store may.
 */
export function isPathBelow(path: BytePath): boolean {
  return (
    path !== '' &&
    !path.includes('\0') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !isGit(part))
  );
}

/** `.git` under any name that a file system may take for it, as git itself refuses them. */
function isGit(part: string): boolean {
  const name = pathText(part)
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase()
    .replace(/[ .]+$/, '');
  return name === '.git' || name === 'git~1';
}
