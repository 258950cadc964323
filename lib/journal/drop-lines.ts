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

/** Whether a line goes. */
export type IsGone = (line: string) => boolean;

const BLOCK_LINES = 256;

/**
 * Takes lines out of every file of events, of the logs and of the archive, compressed or not: those files are written anew. Only while no worker
 * appends to them. @returns how many lines went.
 */
export function dropLines(
  folder: StateFolder,
  database: Database | undefined,
  isGone: IsGone,
): number {
  const archived = archiveFiles(archiveFolder(folder)).map(({ path }) => path);
  const logged = logFiles(folder.log).map(({ path }) => path);
  const dropped = [...logged, ...archived].map((path) => {
    const count = countGone(path, isGone);
    if (count === 0) return 0;
    if (path.endsWith('.gz')) rewriteCompressed(path, isGone, archived.includes(path));
    else rewritePlain(path, isGone);
    if (isComplete(path) && statSync(path).size === 0) {
      for (const empty of [path, indexOf(path)]) removeQuietly(empty);
      return count;
    }
    if (database !== undefined) keepLength(database, folder, path);
    return count;
  });
  return dropped.reduce((sum, count) => sum + count, 0);
}

/** Takes lines out of a log of ours. @returns how many went. */
export function dropLinesOfLog(path: string, isGone: IsGone): number {
  const count = countGone(path, isGone);
  if (count > 0) rewritePlain(path, isGone);
  return count;
}

/** Whether nothing is appended to a file any more: without a line it is of no use. */
function isComplete(path: string): boolean {
  return path.endsWith('.gz') || path.endsWith('.closed.jsonl');
}

function countGone(path: string, isGone: IsGone): number {
  let count = 0;
  for (const line of linesOf(path)) if (isGone(line)) count += 1;
  return count;
}

function linesOf(path: string): Iterable<string> {
  return readLines(path, { onDamage: () => undefined });
}

function rewritePlain(path: string, isGone: IsGone): void {
  replace(path, (write) => {
    let text = '';
    for (const line of linesOf(path)) {
      if (isGone(line)) continue;
      text += `${line}\n`;
      if (text.length < 1 << 20) continue;
      write(text);
      text = '';
    }
    write(text);
  });
}

function rewriteCompressed(path: string, isGone: IsGone, isIndexed: boolean): void {
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
      if (line === '' || isGone(line)) continue;
      lines.push(line);
      if (lines.length >= BLOCK_LINES) flush();
    }
    flush();
  });
  if (isIndexed) index.write(indexOf(path));
}

type WriteMore = (content: string | Buffer) => void;

/** A death in between leaves the old file, and a draft that the next clean-up of drafts takes. */
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

/** The store knows how long a file is that is appended to, and which one it is. */
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
