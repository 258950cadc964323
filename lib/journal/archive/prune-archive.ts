import { rmSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { namesIn } from '../../core/files.ts';
import { tooMuch } from '../too-much.ts';
import { archiveFiles, indexOf } from './archive-files.ts';

export interface ArchiveLimits {
  readonly keepMs: number;
  readonly bytes: number;
}

/** Removes compressed days of the archive that are too old or too much, with their indexes; never one that is written to. @returns how many. */
export function pruneArchive(
  events: string,
  { keepMs, bytes }: ArchiveLimits,
  now: number,
): number {
  const files = archiveFiles(events);
  const complete = files
    .filter(({ isCompressed }) => isCompressed)
    .map((file) => ({ ...file, at: Date.parse(file.day) + DAY_MS }));
  const beside = files.reduce((sum, { size, isCompressed }) => sum + (isCompressed ? 0 : size), 0);
  const removed = tooMuch(complete, { since: now - keepMs, bytes, beside });
  for (const { path } of removed) {
    rmSync(path, { force: true });
    rmSync(indexOf(path), { force: true });
  }
  removeStrayIndexes(events);
  return removed.length;
}

/** An index is written before its file is in its place: a death in between leaves it alone. */
function removeStrayIndexes(events: string): void {
  const names = new Set(namesIn(events));
  for (const name of names) {
    const place = name.slice(0, -'.index'.length);
    const isOwned = ['.jsonl.gz', '.closed.jsonl'].some((ending) => names.has(`${place}${ending}`));
    if (name.endsWith('.index') && !isOwned) rmSync(`${events}/${name}`, { force: true });
  }
}
