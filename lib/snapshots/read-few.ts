import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { type Ahead, absentPath, type AheadPath } from './ahead.ts';
import type { TreeChange } from './compare-trees.ts';
import { bytesBelow, type Candidate, candidateOf, statPath } from './list-changes.ts';
import type { BytePath } from './restore/path-state.ts';
import type { LeftOutReason } from './snapshot.ts';
import type { FewChanges } from './survey.ts';

/** A path that a snapshot adds to the tree of the one before, or replaces there. */
export interface TreeEdit {
  readonly path: BytePath;
  readonly mode: string;
  readonly content: Buffer;
}

/** What a snapshot of few changes has that the one before has not. */
export interface ReadFew {
  readonly changes: readonly TreeChange[];
  readonly edits: readonly TreeEdit[];
  readonly taken: readonly Candidate[];
  readonly leftOut: ReadonlyMap<BytePath, LeftOutReason>;
  readonly ahead: Ahead;
}

export interface ReadFewParts {
  readonly workTree: string;
  /** Of the snapshot before. */
  readonly ahead: Ahead;
  /** Length of object ids. */
  readonly idLength: number;
}

/** Reads the changed files, each once, and compares them with what the snapshot before has. */
export function readFew(few: FewChanges, parts: ReadFewParts): ReadFew {
  const { workTree, idLength } = parts;
  const [changes, edits, taken]: [TreeChange[], TreeEdit[], Candidate[]] = [[], [], []];
  const leftOut = new Map(few.leftOut);
  const ahead = new Map(parts.ahead);
  const gone = [...few.gone];
  for (const { path, isLink } of few.candidates) {
    const file = isLink ? readLink(workTree, path) : readFile(workTree, path);
    if (file === 'gone') gone.push(path);
    else if (file === 'unreadable') leftOut.set(path, 'unreadable');
    else {
      const { candidate, content } = file;
      const mode = modeOf(candidate);
      const entry = `${mode} ${hashBlob(content, idLength)}`;
      const status = changeOf(few.before.get(path) ?? '', entry);
      taken.push(candidate);
      if (status !== undefined) changes.push({ status, path });
      if (status !== undefined) edits.push({ path, mode, content });
      ahead.set(path, { identity: candidate.identity, entry, isNew: few.isNew(path) });
    }
  }
  for (const path of [...gone, ...few.dropped, ...leftOut.keys()]) {
    if ((few.before.get(path) ?? '') !== '') changes.push({ status: 'D', path });
    const absent = leftOut.has(path) ? LEFT_OUT : absentPath(workTree, path);
    const isForgotten = few.isNew(path) && !leftOut.has(path);
    if (isForgotten) ahead.delete(path);
    else ahead.set(path, { ...absent, isNew: few.isNew(path) });
  }
  return { changes, edits, taken, leftOut, ahead };
}

/** The next snapshot looks at it again: the limits may be others by then. */
const LEFT_OUT: AheadPath = { identity: '', entry: '', isNew: false };

interface ReadFile {
  readonly candidate: Candidate;
  readonly content: Buffer;
}

function readLink(workTree: string, path: BytePath): ReadFile | 'gone' | 'unreadable' {
  const found = statPath(workTree, path);
  if (found === undefined) return 'gone';
  try {
    const content = readlinkSync(bytesBelow(workTree, path), { encoding: 'buffer' });
    return { candidate: candidateOf(path, found), content };
  } catch {
    return 'unreadable'; // it is no link any more
  }
}

function readFile(workTree: string, path: BytePath): ReadFile | 'gone' | 'unreadable' {
  let file: number | undefined;
  try {
    file = openSync(bytesBelow(workTree, path), PLAIN_FILE);
    // `fstat` comes before the read: after a write in between, the next snapshot reads it again.
    const found = fstatSync(file, { bigint: true });
    if (!found.isFile()) return 'unreadable';
    const candidate = candidateOf(path, found);
    return { candidate, content: readBytes(file, candidate.size) };
  } catch {
    return statPath(workTree, path) === undefined ? 'gone' : 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Follows no link, and waits for no writer of a pipe. */
const PLAIN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function readBytes(file: number, size: number): Buffer {
  const content = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, content, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return content.subarray(0, length);
}

function modeOf({ isLink, mode }: Candidate): string {
  if (isLink) return '120000';
  return (mode & 0o100) === 0 ? '100644' : '100755';
}

function hashBlob(content: Buffer, idLength: number): string {
  const hash = createHash(idLength === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex');
}

function changeOf(before: string, now: string): TreeChange['status'] | undefined {
  if (before === now) return undefined;
  if (before === '') return 'A';
  return before.slice(0, KIND) === now.slice(0, KIND) ? 'M' : 'T';
}

/** Digits of a mode that say whether it is a file or a link. */
const KIND = 3;
