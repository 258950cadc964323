import { rmSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { namesIn } from '../../core/files.ts';
import { type AgedFile, selectExcess } from '../select-excess.ts';
import { type ArchiveFile, archiveFiles, indexOf } from './archive-files.ts';

export interface ArchiveLimits {
  readonly keepMs: number;
  readonly bytes: number;
}

/**
 * Selects compressed days that exceed the limits by age or size. Never the day that is being
 * written.
 */
export function findExcessDays(
  events: string,
  { keepMs, bytes }: ArchiveLimits,
  now: number,
): readonly AgedFile[] {
  const files = archiveFiles(events);
  const beside = files.reduce((sum, { size, isCompressed }) => sum + (isCompressed ? 0 : size), 0);
  return selectExcess(completeDays(files), { since: now - keepMs, bytes, beside });
}

/** Returns the days that are complete. The age of a day counts from its end. */
export function completeDays(files: readonly ArchiveFile[]): readonly AgedFile[] {
  return files
    .filter(({ isCompressed }) => isCompressed)
    .map(({ path, size, day }) => ({ path, size, at: Date.parse(day) + DAY_MS }));
}

/**
 * Deletes {@link findExcessDays} with their indexes.
 * @returns how many.
 */
export function pruneArchive(events: string, limits: ArchiveLimits, now: number): number {
  const removed = findExcessDays(events, limits, now);
  for (const { path } of removed) {
    rmSync(path, { force: true });
    rmSync(indexOf(path), { force: true });
  }
  removeStrayIndexes(events);
  return removed.length;
}

/**
 * Deletes indexes without a file. An index is written before its file is in place, so a crash in
 * between leaves it alone.
 */
function removeStrayIndexes(events: string): void {
  const names = new Set(namesIn(events));
  for (const name of names) {
    const place = name.slice(0, -'.index'.length);
    const isOwned = ['.jsonl.gz', '.closed.jsonl'].some((ending) => names.has(`${place}${ending}`));
    if (name.endsWith('.index') && !isOwned) rmSync(`${events}/${name}`, { force: true });
  }
}
