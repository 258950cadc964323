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

/** Settings that the logs and the archive follow; times in seconds, sizes in bytes. */
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
  /** The store, while this worker leads. */
  readonly database: () => Database | undefined;
  readonly onStep?: (step: string) => void;
  readonly write?: Write;
}

/** The event logs and the archive, as a worker keeps them. */
export interface Journal {
  /** Writes what was stored meanwhile, and compresses a little. */
  turn(): Promise<number | undefined>;
  /** What is done from time to time: closing, removing, looking for what to compress. */
  look(): void;
  /** The `seq` of the last event that every log and archive which is switched on has: later ones must stay in the store. */
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
    async turn() {
      const wanted = await writeOn();
      return wanted === 0 ? 0 : keeping.turn();
    },
    look: () => keeping.look(),
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

/** A compressed file is addressed with 32 bits; a day of more than this is kept in several. */
const MOST_BYTES = 1024 * 1024 * 1024;

const FOLDER = 'archive/events/';
const ENDING = '.jsonl';

/** One file for each UTC day on which events were stored: `archive/events/2026-11-22.jsonl`. */
export function archiveSink(isOn: () => boolean): EventSink {
  return {
    name: ARCHIVE_SINK,
    isOn,
    pathOf: ({ storedAt }) => `${FOLDER}${isoTime(storedAt).slice(0, 10)}${ENDING}`,
    isComplete: ({ length }) => length >= MOST_BYTES,
    isOver: ({ path }, today) => path.slice(FOLDER.length, -ENDING.length) < today,
    closedPlace: ({ path }) => path.slice(0, -ENDING.length),
  };
}

/** One file for each category of events: `log/task-events.jsonl`, turned over by size and day. @param mostBytes Size from which a file is turned over. */
function logSink(isOn: () => boolean, mostBytes: () => number): EventSink {
  return {
    name: LOG_SINK,
    isOn,
    pathOf: ({ type }, paths) => logPath(fileCategory(type, paths)),
    isComplete: ({ length, day }, today) => length >= mostBytes() || day !== today,
    isOver: ({ day }, today) => day !== today,
    closedPlace: ({ path, day }) => `${path.slice(0, -'.jsonl'.length)}.${day}`,
  };
}
