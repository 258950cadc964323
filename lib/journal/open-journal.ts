import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { archiveFolder, indexOf } from './archive/archive-files.ts';
import { idIndexBuilder } from './archive/id-index.ts';
import { pruneArchive } from './archive/prune-archive.ts';
import type { Write } from './append-file.ts';
import { housekeeping } from './housekeeping.ts';
import { journal } from './journal.ts';
import { COMPRESSED } from './close-file.ts';
import { ARCHIVE_SINK, LOG_SINK, writtenUpTo } from './table.ts';
import { pruneLog } from './log/prune-log.ts';
import { isoTime } from '../core/clock.ts';
import type { EventSink } from './event-sink.ts';
import { fileCategory, logPath } from './log/category.ts';

/** Settings of the logs and the archive. Times in seconds, sizes in bytes. */
export interface JournalSettings {
  readonly eventLog: boolean;
  readonly eventLogSize: number;
  readonly eventLogFiles: number;
  readonly eventLogKeep: number;
  readonly eventLogBudget: number;
  readonly archive: boolean;
  readonly archiveKeep: number;
  readonly archiveBudget: number;
}

export interface OpenJournalParts {
  readonly folder: StateFolder;
  readonly settings: () => JournalSettings;
  readonly clock: () => number;
  readonly log: Log;
  /** Returns the store while this worker leads. */
  readonly database: () => Database | undefined;
  readonly onStep?: (step: string) => void;
  readonly write?: Write;
}

/** The event logs and the archive of a worker. */
export interface Journal {
  /** Writes new events, and compresses a little. */
  step(): Promise<number | undefined>;
  /** Regular maintenance: closes and deletes files, and finds files to compress. */
  maintain(): void;
  /**
   * Returns the `seq` of the last event that every enabled log and archive has. Later events must
   * stay in the store.
   */
  writtenUpTo(database: Database): number;
}

export function openJournal(parts: OpenJournalParts): Journal {
  const { folder, settings, onStep, write } = parts;
  const sinks = [
    logSink(
      () => settings().eventLog,
      () => settings().eventLogSize,
    ),
    archiveSink(() => settings().archive),
  ] as const;
  const files = {
    root: folder.root,
    clock: parts.clock,
    log: parts.log,
    database: parts.database,
    ...(onStep === undefined ? {} : { onStep }),
    ...(write === undefined ? {} : { write }),
  };
  const events = archiveFolder(folder);
  const writeOn = journal({ ...files, sinks });
  const keeping = housekeeping({
    ...files,
    folders: [
      {
        path: folder.log,
        sink: sinks[0],
        prune: (now) =>
          pruneLog(
            folder.log,
            {
              files: settings().eventLogFiles,
              keepMs: settings().eventLogKeep * 1000,
              bytes: settings().eventLogBudget,
            },
            now,
          ),
      },
      {
        path: events,
        sink: sinks[1],
        whileCompressing: indexed,
        prune: (now) =>
          pruneArchive(
            events,
            { keepMs: settings().archiveKeep * 1000, bytes: settings().archiveBudget },
            now,
          ),
      },
    ],
  });
  return {
    async step() {
      const wanted = await writeOn();
      return wanted === 0 ? 0 : keeping.step();
    },
    maintain: () => keeping.maintain(),
    writtenUpTo: (database) => writtenUpTo(database, settings()),
  };
}

function indexed(): {
  onBlock(offset: number, lines: readonly string[]): void;
  onWhole(place: string): void;
} {
  const index = idIndexBuilder();
  return {
    onBlock: (offset, lines) => index.add(offset, lines),
    onWhole: (place) => index.write(indexOf(`${place}${COMPRESSED}`)),
  };
}

/** Offsets in a compressed file have 32 bits, so a larger day is split into several files. */
const MAX_BYTES = 1024 * 1024 * 1024;

const FOLDER = 'archive/events/';
const ENDING = '.jsonl';

/**
 * Makes the archive sink: one file per UTC day on which events were stored,
 * `archive/events/2026-11-22.jsonl`.
 */
export function archiveSink(isOn: () => boolean): EventSink {
  return {
    name: ARCHIVE_SINK,
    isOn,
    pathOf: ({ storedAt }) => `${FOLDER}${isoTime(storedAt).slice(0, 10)}${ENDING}`,
    isComplete: ({ length }) => length >= MAX_BYTES,
    isOver: ({ path }, today) => path.slice(FOLDER.length, -ENDING.length) < today,
    closedPlace: ({ path }) => path.slice(0, -ENDING.length),
  };
}

/**
 * Makes the log sink: one file per category, `log/task-events.jsonl`, rotated by size and day.
 * @param maxBytes Size at which a file is rotated.
 */
function logSink(isOn: () => boolean, maxBytes: () => number): EventSink {
  return {
    name: LOG_SINK,
    isOn,
    pathOf: ({ type }, paths) => logPath(fileCategory(type, paths)),
    isComplete: ({ length, day }, today) => length >= maxBytes() || day !== today,
    isOver: ({ day }, today) => day !== today,
    closedPlace: ({ path, day }) => `${path.slice(0, -'.jsonl'.length)}.${day}`,
  };
}
