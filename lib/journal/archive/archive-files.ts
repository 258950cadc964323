import { statSync } from 'node:fs';
import type { StateFolder } from '../../core/state-folder.ts';
import { namesIn } from '../../core/files.ts';

/** One file of the archive. */
export interface ArchiveFile {
  readonly path: string;
  /** The UTC day on which its events were stored, `2026-11-22`. */
  readonly day: string;
  readonly isCompressed: boolean;
  /** Bytes on the disk. */
  readonly size: number;
}

const NAME = /^(\d{4}-\d{2}-\d{2})(?:\.(\d+))?(\.closed)?\.jsonl(\.gz)?$/;

/** Returns the folder with the archived events. */
export function archiveFolder(folder: Pick<StateFolder, 'archive'>): string {
  return `${folder.archive}/events`;
}

/** Returns the path of a compressed file's index. */
export function indexOf(compressed: string): string {
  return compressed.replace(/\.jsonl\.gz$/, '.index');
}

/**
 * Lists all files of the archive in the order in which they were written. Of a file that exists
 * closed and compressed, only the compressed one.
 */
export function archiveFiles(events: string): readonly ArchiveFile[] {
  const names = new Set(namesIn(events));
  const files = [...names].flatMap((name) => {
    const [, day, number, closed, packed] = NAME.exec(name) ?? [];
    if (
      day === undefined ||
      (closed !== undefined && names.has(name.replace('.closed.jsonl', '.jsonl.gz')))
    )
      return [];
    const path = `${events}/${name}`;
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const isOpen = closed === undefined && packed === undefined;
    return [
      {
        path,
        day,
        order: isOpen ? Number.POSITIVE_INFINITY : Number(number ?? 1),
        isCompressed: packed !== undefined,
        size,
      },
    ];
  });
  files.sort((a, b) => (a.day === b.day ? a.order - b.order : a.day < b.day ? -1 : 1));
  return files.map(({ path, day, isCompressed, size }) => ({ path, day, isCompressed, size }));
}
