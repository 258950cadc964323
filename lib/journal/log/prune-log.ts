import { rmSync } from 'node:fs';
import { groupBy } from '../../core/group-by.ts';
import { tooMuch } from '../too-much.ts';
import { type LogFile, logFiles } from './log-files.ts';

export interface LogLimits {
  /** Complete files of one category. */
  readonly files: number;
  readonly keepMs: number;
  /** Bytes of all event logs. */
  readonly bytes: number;
}

/** Complete files of the event logs that are too many, too old or too much; never one that is written to. */
export function surplusLogs(folder: string, limits: LogLimits, now: number): readonly LogFile[] {
  const files = logFiles(folder);
  const complete = files.filter(({ isComplete }) => isComplete);
  const many = [...groupBy(complete, ({ category }) => category).values()].flatMap((group) =>
    group.slice(0, Math.max(0, group.length - limits.files)),
  );
  const kept = complete
    .filter((file) => !many.includes(file))
    .map((file) => ({ ...file, at: file.changedAt }));
  const beside = files.reduce((sum, { size, isComplete }) => sum + (isComplete ? 0 : size), 0);
  return [...many, ...tooMuch(kept, { since: now - limits.keepMs, bytes: limits.bytes, beside })];
}

/** Removes {@link surplusLogs}. @returns how many. */
export function pruneLog(folder: string, limits: LogLimits, now: number): number {
  const removed = surplusLogs(folder, limits, now);
  for (const { path } of removed) rmSync(path, { force: true });
  return removed.length;
}
