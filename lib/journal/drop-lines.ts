import { closeSync, fsyncSync, openSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { removeQuietly } from '../core/files.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { archiveFiles, archiveFolder, indexOf } from './archive/archive-files.ts';
import { idIndexBuilder } from './archive/id-index.ts';
import { gzipBlock } from './gzip-block.ts';
import { logFiles } from './log/log-files.ts';
import { readLines } from './read-lines.ts';
import { ARCHIVE_SINK, filesOf, keepFile, LOG_SINK } from './table.ts';

/** Whether to delete a line. */
export type ShouldDrop = (line: string) => boolean;

const BLOCK_LINES = 256;

/**
 * Deletes lines from every file of events in the logs and the archive, compressed or not, by
 * rewriting those files. Call it only while no worker appends to them.
 * @returns how many lines were deleted.
 */
export function dropLines(
  folder: StateFolder,
  database: Database | undefined,
  shouldDrop: ShouldDrop,
): number {
  const archived = archiveFiles(archiveFolder(folder)).map(({ path }) => path);
  const logged = logFiles(folder.log).map(({ path }) => path);
  const dropped = [...logged, ...archived].map((path) => {
    const count = countDropped(path, shouldDrop);
    if (count === 0) return 0;
    if (path.endsWith('.gz')) rewriteCompressed(path, shouldDrop, archived.includes(path));
    else rewritePlain(path, shouldDrop);
    if (isComplete(path) && statSync(path).size === 0) {
      for (const empty of [path, indexOf(path)]) removeQuietly(empty);
      return count;
    }
    if (database !== undefined) keepLength(database, folder, path);
    return count;
  });
  return dropped.reduce((sum, count) => sum + count, 0);
}

/**
 * Deletes lines from one of our logs.
 * @returns how many.
 */
export function dropLinesOfLog(path: string, shouldDrop: ShouldDrop): number {
  const count = countDropped(path, shouldDrop);
  if (count > 0) rewritePlain(path, shouldDrop);
  return count;
}

/** Whether nothing is appended to a file any more. Such a file is useless without lines. */
function isComplete(path: string): boolean {
  return path.endsWith('.gz') || path.endsWith('.closed.jsonl');
}

function countDropped(path: string, shouldDrop: ShouldDrop): number {
  let count = 0;
  for (const line of linesOf(path)) if (shouldDrop(line)) count += 1;
  return count;
}

function linesOf(path: string): Iterable<string> {
  return readLines(path, { onDamage: () => undefined });
}

function rewritePlain(path: string, shouldDrop: ShouldDrop): void {
  replace(path, (write) => {
    let text = '';
    for (const line of linesOf(path)) {
      if (shouldDrop(line)) continue;
      text += `${line}\n`;
      if (text.length < 1 << 20) continue;
      write(text);
      text = '';
    }
    write(text);
  });
}

function rewriteCompressed(path: string, shouldDrop: ShouldDrop, isIndexed: boolean): void {
  const index = idIndexBuilder();
  replace(path, (write) => {
    let [offset, lines] = [0, [] as string[]];
    const flush = (): void => {
      if (lines.length === 0) return;
      const block = gzipBlock(lines);
      write(block);
      index.add(offset, lines);
      offset += block.length;
      lines = [];
    };
    for (const line of linesOf(path)) {
      if (line === '' || shouldDrop(line)) continue;
      lines.push(line);
      if (lines.length >= BLOCK_LINES) flush();
    }
    flush();
  });
  if (isIndexed) index.write(indexOf(path));
}

type WriteMore = (content: string | Buffer) => void;

/**
 * Replaces a file. A crash in between leaves the old file and a draft, which the next cleanup of
 * drafts deletes.
 */
function replace(path: string, fill: (write: WriteMore) => void): void {
  const draft = `${path}.part`;
  try {
    const fd = openSync(draft, 'w', 0o600);
    try {
      fill((content) => writeFileSync(fd, content));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
}

/** Updates the length and identity of an appended file in the store. */
function keepLength(database: Database, { root }: StateFolder, path: string): void {
  const below = path.slice(root.length + 1);
  for (const sink of [LOG_SINK, ARCHIVE_SINK]) {
    const known = filesOf(database, sink).get(below);
    if (known === undefined) continue;
    const { ino, birthtimeNs, size } = statSync(path, { bigint: true });
    const inode = `${ino}-${birthtimeNs}`;
    inTransaction(database, () => keepFile(database, { ...known, inode, length: Number(size) }));
  }
}
