import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipBlock } from './gzip-block.ts';
import { CLOSED, COMPRESSED } from './close-file.ts';
import { readLines } from './read-lines.ts';

export interface CompressParts {
  /** Called with each block: its offset in the file, and its lines. */
  readonly onBlock?: (offset: number, lines: readonly string[]) => void;
  /** Called when the compressed file is complete on disk, before it is renamed into place. */
  readonly onWhole?: (place: string) => void;
  /** For fault tests. */
  readonly onStep?: (step: string) => void;
}

/** Lines per block. To find one event, one block must be unpacked: a fraction of a millisecond. */
const BLOCK_LINES = 256;
const BLOCK_CHARACTERS = 256 * 1024;

/**
 * Compresses a closed file, one block per step. When the compressed file is complete on disk, one
 * rename puts it in place; only then the closed file is deleted. After a crash, it starts again.
 */
export function* compressFile(closed: string, parts: CompressParts): Generator<undefined, void> {
  const place = closed.slice(0, -CLOSED.length);
  const draft = `${place}${COMPRESSED}.part`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    let offset = 0;
    for (const lines of inBlocks(readLines(closed, { onDamage: () => undefined }))) {
      const block = gzipBlock(lines);
      writeFileSync(fd, block);
      parts.onBlock?.(offset, lines);
      offset += block.length;
      yield;
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  parts.onWhole?.(place);
  parts.onStep?.('compressed');
  renameSync(draft, `${place}${COMPRESSED}`);
  parts.onStep?.('in place');
  rmSync(closed, { force: true });
}

function* inBlocks(lines: Iterable<string>): Generator<readonly string[]> {
  let block: string[] = [];
  let characters = 0;
  for (const line of lines) {
    if (line === '') continue;
    block.push(line);
    characters += line.length;
    if (block.length < BLOCK_LINES && characters < BLOCK_CHARACTERS) continue;
    yield block;
    block = [];
    characters = 0;
  }
  if (block.length > 0) yield block;
}
