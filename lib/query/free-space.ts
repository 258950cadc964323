import { existsSync, statfsSync } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';

/** Below so many free bytes doctor warns. */
export const LOW_BYTES = 200_000_000;

/** Bytes that are free for this user on the disk of the state folder. */
export function freeBytes(folder: StateFolder): number {
  const { bavail, bsize } = statfsSync(existsSync(folder.root) ? folder.root : '/');
  return bavail * bsize;
}

/** Below so many free bytes a disk counts as full: a store cannot write reliably with less. */
export const FULL_BYTES = 8_000_000;
