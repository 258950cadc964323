import { existsSync, rmSync } from 'node:fs';
import { isoTime } from '../core/clock.ts';
import { reasonOf } from '../core/errors.ts';
import type { Database } from '../store/database.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { compressFile, type CompressParts } from './compress-file.ts';
import type { EventSink } from './event-sink.ts';
import { namesIn } from '../core/files.ts';
import { CLOSED, COMPRESSED } from './close-file.ts';
import { filesOf } from './table.ts';
import { type FileParts, finalizeFile } from './write-lines.ts';

/** A folder with files of events, and what to do with complete ones. */
export interface KeptFolder {
  readonly path: string;
  readonly sink: EventSink;
  /** What else to build while a file is compressed, such as an index. */
  readonly whileCompressing?: () => CompressParts;
  /**
   * Deletes files beyond the limits and files that belong to nothing.
   * @returns how many.
   */
  readonly prune: (now: number) => number;
}

export interface HousekeepingParts extends FileParts {
  readonly database: () => Database | undefined;
  readonly folders: readonly KeptFolder[];
}

interface Job {
  readonly file: string;
  readonly steps: Iterator<undefined>;
}

export interface Housekeeping {
  /**
   * Closes files whose day is over, deletes what exceeds the limits, and finds files to compress.
   */
  maintain(): void;
  /**
   * Compresses one block of one file.
   * @returns 0 while there is more to do.
   */
  step(): Promise<number | undefined>;
}

/** Compresses and prunes complete event files. */
export function housekeeping(parts: HousekeepingParts): Housekeeping {
  let waiting: { readonly folder: KeptFolder; readonly file: string }[] = [];
  let job: Job | undefined;
  const next = (): Job | undefined => {
    const first = waiting.shift();
    if (first === undefined) return undefined;
    const { onStep } = parts;
    const compress = {
      ...first.folder.whileCompressing?.(),
      ...(onStep === undefined ? {} : { onStep }),
    };
    return { file: first.file, steps: compressFile(first.file, compress) };
  };
  return {
    maintain() {
      const database = parts.database();
      if (database === undefined) return;
      for (const folder of parts.folders) {
        closeFinished(database, folder, parts);
        const removed = folder.prune(parts.clock());
        if (removed > 0)
          parts.log(
            'info',
            'EVENT_FILES_REMOVED',
            `${removed} old files of events were removed from ${folder.path}`,
          );
      }
      waiting = parts.folders.flatMap((folder) => toCompress(folder, job?.file));
    },
    async step() {
      if (parts.database() === undefined) return undefined;
      const current = job ?? next();
      if (current === undefined) return undefined;
      try {
        job = current.steps.next().done === true ? undefined : current;
      } catch (error) {
        parts.log(
          'warn',
          'EVENT_FILE_UNCOMPRESSED',
          `Cannot compress ${current.file}: ${reasonOf(error)}`,
        );
        rmSync(current.file.replace(CLOSED, `${COMPRESSED}.part`), { force: true });
        job = undefined; // The next call finds it again.
      }
      return job !== undefined || waiting.length > 0 ? 0 : undefined;
    },
  };
}

function closeFinished(database: Database, { sink }: KeptFolder, parts: HousekeepingParts): void {
  const today = isoTime(parts.clock()).slice(0, 10);
  for (const file of filesOf(database, sink.name).values()) {
    if (file.length === 0 || !sink.isOver(file, today) || !existsSync(`${parts.root}/${file.path}`))
      continue;
    try {
      finalizeFile(database, sink, file, parts);
    } catch (error) {
      if (storeFaultOf(error) !== undefined) throw error;
      parts.log('warn', 'EVENT_FILE_UNCOMPRESSED', `Cannot close ${file.path}: ${reasonOf(error)}`);
    }
  }
}

/**
 * Lists closed files to compress. Also deletes what a crashed worker left: files that already have
 * a .gz, and drafts.
 */
function toCompress(
  folder: KeptFolder,
  current: string | undefined,
): { readonly folder: KeptFolder; readonly file: string }[] {
  const names = new Set(namesIn(folder.path));
  const files: { readonly folder: KeptFolder; readonly file: string }[] = [];
  for (const name of names) {
    const file = `${folder.path}/${name}`;
    if (
      name.endsWith(`${COMPRESSED}.part`) &&
      current !== file.replace(`${COMPRESSED}.part`, CLOSED)
    )
      rmSync(file, { force: true });
    if (!name.endsWith(CLOSED) || file === current) continue;
    if (names.has(name.replace(CLOSED, COMPRESSED))) rmSync(file, { force: true });
    else files.push({ folder, file });
  }
  return files;
}
