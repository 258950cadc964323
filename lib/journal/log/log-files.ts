import { statSync } from 'node:fs';
import { namesIn } from '../../core/files.ts';
import { categoryOfFile } from './category.ts';

/** One file of the event logs. */
export interface LogFile {
  readonly path: string;
  readonly category: string;
  readonly size: number;
  /** Milliseconds since the epoch: when its last event was written, or when it was compressed. */
  readonly changedAt: number;
  /** Whether it is closed or compressed. */
  readonly isComplete: boolean;
}

const ORDER = /\.(\d{4}-\d{2}-\d{2})(?:\.(\d+))?(\.closed)?\.jsonl(?:\.gz)?$/;

/**
 * Lists the event logs in a folder; those of one category in the order in which they were written.
 */
export function logFiles(folder: string): readonly LogFile[] {
  const names = new Set(namesIn(folder));
  const files = [...names].flatMap((name) => {
    const category = categoryOfFile(name);
    if (
      category === undefined ||
      (name.endsWith('.closed.jsonl') && names.has(name.replace('.closed.jsonl', '.jsonl.gz')))
    )
      return [];
    const found = statSync(`${folder}/${name}`, { throwIfNoEntry: false });
    if (found === undefined || !found.isFile()) return [];
    const [, day, number] = ORDER.exec(name) ?? [];
    return [
      {
        path: `${folder}/${name}`,
        category,
        size: found.size,
        changedAt: found.mtimeMs,
        isComplete: day !== undefined,
        day: day ?? '~',
        number: Number(number ?? 1),
      },
    ];
  });
  files.sort(
    (a, b) => compare(a.category, b.category) || compare(a.day, b.day) || a.number - b.number,
  );
  return files.map(({ day: _day, number: _number, ...file }) => file);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
