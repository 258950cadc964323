import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';

/** Names in a folder; none if it is missing or may not be read. Never throws. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The text of a file; empty if it is missing or may not be read. Never throws. */
export function readTextOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Inode of what a path names, links followed; 0 if nothing is there. @throws any errno but ENOENT. */
export function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/** Deletes a file. Never throws: use it where a later cleanup finds what could not be deleted. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // missing already, or the disk refuses
  }
}
