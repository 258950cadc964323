import { closeSync, openSync } from 'node:fs';
import { parseEnvelope } from '../../events/envelope-schema.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { parseJsonObject } from '../../core/json.ts';
import type { Database, SqlValue } from '../../store/database.ts';
import { matchesType } from '../../events/matches-type.ts';
import { type ArchiveFile, archiveFiles } from '../archive/archive-files.ts';
import { eventIn } from '../archive/find-archived.ts';
import { eventHead } from '../event-head.ts';
import type { BlockHeader } from '../gzip-block.ts';
import { blocksIn, type OnDamage } from '../read-blocks.ts';
import { readLines } from '../read-lines.ts';
import { fitsReplay, fitsTime, type ReplayFilter } from './replay-filter.ts';

export interface SelectParts {
  /** The store; `undefined` when there is none. */
  readonly database: Database | undefined;
  /** The folder of the archive's events. */
  readonly archive: string;
  readonly onDamage: OnDamage;
  /** Called with how many events were looked at; {@link countCandidates} gives the total. */
  readonly onLooked?: (events: number) => void;
}

const PAGE = 500;

/** Bytes of a usual line, where lines cannot be counted without reading them. */
const USUAL_LINE = 700;

/** The events that fit, oldest first as they were stored: those that only the archive has, then those of the store. Each once. */
export function* selectEvents(filter: ReplayFilter, parts: SelectParts): Generator<EventEnvelope> {
  const last = Number(
    parts.database?.prepare('SELECT max(seq) AS last FROM events').get()?.['last'] ?? 0,
  ); // replays that are stored meanwhile stay out
  for (const file of archiveFiles(parts.archive)) yield* fromArchive(file, filter, parts);
  if (parts.database !== undefined) yield* fromStore(parts.database, last, filter, parts);
}

/** About how many events {@link selectEvents} will look at. */
export function countCandidates(filter: ReplayFilter, { database, archive }: SelectParts): number {
  const { where, values } = conditionsOf(filter);
  const stored = Number(
    database?.prepare(`SELECT count(*) AS n FROM events WHERE true${where}`).get(...values)?.[
      'n'
    ] ?? 0,
  );
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
  const isStored = database?.prepare('SELECT 1 FROM events WHERE id = ?');
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
      isStored?.get(event.event_id) === undefined
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
  const { where, values } = conditionsOf(filter);
  const page = database.prepare(
    `SELECT seq, envelope FROM events WHERE seq > ? AND seq <= ?${where} ORDER BY seq LIMIT ${PAGE}`,
  );
  for (let seq = 0; ; ) {
    const rows = page.all(seq, last, ...values);
    for (const row of rows) {
      onLooked?.(1);
      const parsed = parseEnvelope(parseJsonObject(String(row['envelope'])));
      if (parsed.ok && fitsReplay(parsed.event, filter)) yield parsed.event;
    }
    seq = Number(rows.at(-1)?.['seq'] ?? last);
    if (rows.length < PAGE) return;
  }
}

/** The conditions that the store can check without unpacking an event; the rest need the event. */
function conditionsOf({ since, until, session, correlation }: ReplayFilter): {
  readonly where: string;
  readonly values: readonly SqlValue[];
} {
  const known: ReadonlyArray<readonly [string, SqlValue | undefined]> = [
    ['at >= ?', since],
    ['at <= ?', until],
    ['session_id = ?', session],
    ['correlation_id = ?', correlation],
  ];
  const given = known.flatMap(
    ([condition, value]): readonly { readonly condition: string; readonly value: SqlValue }[] =>
      value === undefined ? [] : [{ condition, value }],
  );
  return {
    where: given.map(({ condition }) => ` AND ${condition}`).join(''),
    values: given.map(({ value }) => value),
  };
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
