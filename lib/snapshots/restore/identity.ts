import type { BigIntStats } from 'node:fs';

/** What nothing is. */
export const NOTHING = 'none';

/**
 * Names what is at a path, from `lstat`. Two calls return the same only if the file was not
 * written, replaced or changed between them. The device is left out: its number may change at a
 * restart.
 */
export function computeIdentity(found: BigIntStats | undefined): string {
  if (found === undefined) return NOTHING;
  const { ino, size, mtimeNs, ctimeNs, mode } = found;
  // entries of a folder come and go without making it another one
  if (found.isDirectory()) return `folder ${ino}`;
  return `${kindOf(found)} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${(mode & 0o7777n).toString(8)}`;
}

/**
 * Identities without the time at which the entry of the file changed: that is another one as soon
 * as the file loses one of its names.
 */
export function isSameButForNames(one: string, other: string): boolean {
  return withoutEntryTime(one) === withoutEntryTime(other);
}

/** The inode in an identity of a file. */
export function inodeIn(identity: string): string | undefined {
  return /^file (\d+) /.exec(identity)?.[1];
}

function withoutEntryTime(identity: string): string {
  return identity.replace(/^(file \d+ \d+ -?\d+) -?\d+/, '$1');
}

function kindOf(found: BigIntStats): string {
  if (found.isFile()) return 'file';
  return found.isSymbolicLink() ? 'link' : 'other';
}
