import { closeSync } from 'node:fs';
import { parseEnvelope } from '../../events/envelope-schema.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { parseJsonObject } from '../../core/json.ts';
import { readBlockHeader } from '../gzip-block.ts';
import { openToRead } from '../open-to-read.ts';
import { type OnDamage, readBlock } from '../read-blocks.ts';
import { readLines } from '../read-lines.ts';
import { type ArchiveFile, archiveFiles, indexOf } from './archive-files.ts';
import { lookUpId } from './id-index.ts';

/**
 * Finds the archived event with this id, or returns `undefined`. In a compressed file, the index
 * names the block to unpack; files without an index, and the one still being written, are read
 * completely.
 * @param events The folder of the archive.
 * @param onDamage Called with unreadable places.
 */
export function findArchived(
  events: string,
  id: string,
  onDamage: OnDamage = () => undefined,
): EventEnvelope | undefined {
  for (const file of likelyFirst(archiveFiles(events), id)) {
    const found = findIn(file, id, onDamage);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Sorts indexed files first, because they are cheap. An event is stored on the day in its id, or
 * later.
 */
function likelyFirst(files: readonly ArchiveFile[], id: string): readonly ArchiveFile[] {
  const day = /^evt_(\d{4})(\d{2})(\d{2})_/.exec(id)?.slice(1).join('-') ?? '';
  const rank = (file: ArchiveFile): number =>
    (file.isCompressed ? 0 : 2) + (file.day >= day ? 0 : 1);
  return files.toSorted((a, b) => rank(a) - rank(b));
}

function findIn(
  { path, isCompressed }: ArchiveFile,
  id: string,
  onDamage: OnDamage,
): EventEnvelope | undefined {
  const needle = `"event_id":${JSON.stringify(id)}`;
  const offsets = isCompressed ? lookUpId(indexOf(path), id) : undefined;
  const lines =
    offsets === undefined ? readLines(path, { onDamage }) : linesAt(path, offsets, onDamage);
  for (const line of lines) {
    if (!line.includes(needle)) continue;
    const event = eventIn(line);
    if (event?.event_id === id) return event;
  }
  return undefined;
}

/** Parses the event in a line, or returns `undefined` if there is none. */
export function eventIn(line: string): EventEnvelope | undefined {
  const parsed = parseEnvelope(parseJsonObject(line));
  return parsed.ok ? parsed.event : undefined;
}

function linesAt(path: string, offsets: readonly number[], onDamage: OnDamage): readonly string[] {
  if (offsets.length === 0) return [];
  const fd = openToRead(path);
  if (fd === undefined) return [];
  try {
    return offsets.flatMap((offset) => {
      const block = readBlockHeader(fd, offset);
      if (block !== undefined) return readBlock(fd, block, path, onDamage);
      onDamage({ path, offset, reason: 'no block begins here' });
      return [];
    });
  } finally {
    closeSync(fd);
  }
}
