import { rmSync } from 'node:fs';
import { groupBy } from '../../core/group-by.ts';
import { selectExcess } from '../select-excess.ts';
import { type LogFile, logFiles } from './log-files.ts';

export interface LogLimits {
  /** Complete files per category. */
  readonly files: number;
  readonly keepMs: number;
  /** Bytes of all event logs. */
  readonly bytes: number;
}

/**
 * Selects complete files of the event logs that exceed the limits by number, age or size. Never a
 * file that is being written.
 */
export function findExcessLogs(folder: string, limits: LogLimits, now: number): readonly LogFile[] {
  const files = logFiles(folder);
  const complete = files.filter(({ isComplete }) => isComplete);
  const many = [...groupBy(complete, ({ category }) => category).values()].flatMap((group) =>
    group.slice(0, Math.max(0, group.length - limits.files)),
  );
  const kept = complete
    .filter((file) => !many.includes(file))
    .map((file) => ({ ...file, at: file.changedAt }));
  const beside = files.reduce((sum, { size, isComplete }) => sum + (isComplete ? 0 : size), 0);
  return [
    ...many,
    ...selectExcess(kept, { since: now - limits.keepMs, bytes: limits.bytes, beside }),
  ];
}

/**
 * Deletes {@link findExcessLogs}.
 * @returns how many.
 */
export function pruneLog(folder: string, limits: LogLimits, now: number): number {
  const removed = findExcessLogs(folder, limits, now);
  for (const { path } of removed) rmSync(path, { force: true });
  return removed.length;
}
