import { closeSync, openSync } from 'node:fs';
import { parseEnvelope } from '../../events/envelope-schema.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { parseJsonObject } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { matchesType } from '../../events/matches-type.ts';
import { type ArchiveFile, archiveFiles } from '../archive/archive-files.ts';
import { eventIn } from '../archive/find-archived.ts';
import { eventHead } from '../event-head.ts';
import type { BlockHeader } from '../gzip-block.ts';
import { blocksIn, type OnDamage } from '../read-blocks.ts';
import { readLines } from '../read-lines.ts';
import { countEvents, eventPage, lastSeq, seqOf } from '../table.ts';
import { fitsReplay, fitsTime, type ReplayFilter } from './replay-filter.ts';

export interface SelectParts {
  /** The store; `undefined` when there is none. */
  readonly database: Database | undefined;
  /** The folder of archived events. */
  readonly archive: string;
  readonly onDamage: OnDamage;
  /** Called with the number of events checked so far; {@link countCandidates} returns the total. */
  readonly onLooked?: (events: number) => void;
}

const PAGE = 500;

/** Bytes of a typical line, to estimate the number of lines without reading them. */
const USUAL_LINE = 700;

/**
 * Selects matching events, in the order in which they were stored: first those that only the
 * archive has, then those of the store. Each once.
 */
export function* selectEvents(filter: ReplayFilter, parts: SelectParts): Generator<EventEnvelope> {
  // Leaves out replays that are stored in the meantime.
  const last = parts.database === undefined ? 0 : lastSeq(parts.database);
  for (const file of archiveFiles(parts.archive)) yield* fromArchive(file, filter, parts);
  if (parts.database !== undefined) yield* fromStore(parts.database, last, filter, parts);
}

/** Estimates how many events {@link selectEvents} will check. */
export function countCandidates(filter: ReplayFilter, { database, archive }: SelectParts): number {
  const stored = database === undefined ? 0 : countEvents(database, filter);
  const archived = archiveFiles(archive).map((file) =>
    file.isCompressed ? countIn(file, filter) : Math.ceil(file.size / USUAL_LINE),
  );
  return archived.reduce((sum, count) => sum + count, stored);
}

function* fromArchive(
  { path }: ArchiveFile,
  filter: ReplayFilter,
  { database, onDamage, onLooked }: SelectParts,
): Generator<EventEnvelope> {
  for (const line of readLines(path, { onDamage, wants: wantsBlock(filter) })) {
    onLooked?.(1);
    const head = eventHead(line);
    if (
      head === undefined ||
      !fitsTime(head.at, filter) ||
      (filter.type !== undefined && !matchesType([filter.type], head.type))
    )
      continue;
    const event = eventIn(line);
    if (
      event !== undefined &&
      fitsReplay(event, filter) &&
      (database === undefined || seqOf(database, event.event_id) === undefined)
    )
      yield event;
  }
}

function* fromStore(
  database: Database,
  last: number,
  filter: ReplayFilter,
  { onLooked }: SelectParts,
): Generator<EventEnvelope> {
  for (let seq = 0; ; ) {
    const rows = eventPage(database, filter, { after: seq, last, limit: PAGE });
    for (const row of rows) {
      onLooked?.(1);
      const parsed = parseEnvelope(parseJsonObject(row.envelope));
      if (parsed.ok && fitsReplay(parsed.event, filter)) yield parsed.event;
    }
    seq = rows.at(-1)?.seq ?? last;
    if (rows.length < PAGE) return;
  }
}

function wantsBlock({ since, until }: ReplayFilter): (block: BlockHeader) => boolean {
  return ({ from, to }) =>
    (since === undefined || to >= since) && (until === undefined || from <= until);
}

function countIn({ path, size }: ArchiveFile, filter: ReplayFilter): number {
  const fd = openSync(path, 'r');
  try {
    const blocks = blocksIn(fd, size, path, () => undefined).filter(wantsBlock(filter));
    return blocks.reduce((sum, { events }) => sum + events, 0);
  } finally {
    closeSync(fd);
  }
}
