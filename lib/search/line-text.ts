import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { TranscriptText } from '../claude/transcript/texts.ts';
import { readTexts } from '../claude/transcript/texts.ts';
import { redactHead } from '../claude/tool-target.ts';
import { archivedLines } from '../journal/transcripts/read-archived.ts';
import { listArchivedTranscripts } from './archived-chunk.ts';
import { computeRef } from './table.ts';

/** How much of a prompt or an answer is found, in UTF-16 units. */
const MESSAGE_LIMIT = 20_000;

/** How much of what a call printed is found. */
const OUTPUT_LIMIT = 2_000;

/** Longest line that is read for a hit. */
const LINE_BYTES = 8 << 20;
const FIRST_STEP_BYTES = 8 << 10;
const STEP_BYTES = 64 << 10;
const NEWLINE = 0x0a;

/** What of a text goes into the index, without secrets. */
export function prepareText({ kind, text }: TranscriptText): string {
  return redactHead(text, limitOf(kind));
}

function limitOf(kind: TranscriptText['kind']): number {
  return kind === 'result' ? OUTPUT_LIMIT : MESSAGE_LIMIT;
}

/** A text as in the transcript. Searching it costs less than redacting it. */
export interface WholeText {
  /** May hold secrets: never to be shown. */
  readonly raw: string;
  /** As it was indexed. */
  readonly clean: () => string;
}

/** Where a line of a transcript is. */
export interface LinePlace {
  readonly session: string;
  readonly path: string;
  readonly offset: number;
}

/**
 * The text of a document in its transcript, as it was indexed, from the archive where the client
 * has deleted it; `undefined` when the line is gone or another one.
 */
export function readTextAt(place: LinePlace, ref: number, archive: string): WholeText | undefined {
  return textOfLine(lineAt(place.path, place.offset), ref) ?? textInArchive(place, ref, archive);
}

function textInArchive(
  { session, path, offset }: LinePlace,
  ref: number,
  archive: string,
): WholeText | undefined {
  for (const file of listArchivedTranscripts(archive, session, path)) {
    const [line] = archivedLines(file, { from: offset });
    const text = textOfLine(line, ref);
    if (text !== undefined) return text;
  }
  return undefined;
}

function textOfLine(line: string | undefined, ref: number): WholeText | undefined {
  const found = readTexts(line ?? '').find(({ id }) => computeRef(id) === ref);
  if (found === undefined) return undefined;
  return { raw: found.text.slice(0, limitOf(found.kind)), clean: () => prepareText(found) };
}

function lineAt(path: string, offset: number): string | undefined {
  let fd: number;
  try {
    // a FIFO must not hold the search
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined; // deleted by the client, or not ours to read
  }
  try {
    return fstatSync(fd).isFile() ? readLine(fd, offset) : undefined;
  } catch {
    return undefined; // a failing disk costs the snippet, not the search
  } finally {
    closeSync(fd);
  }
}

function readLine(fd: number, offset: number): string | undefined {
  const parts: Buffer[] = [];
  for (let read = 0; read < LINE_BYTES; ) {
    const buffer = Buffer.allocUnsafe(read === 0 ? FIRST_STEP_BYTES : STEP_BYTES);
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, offset + read));
    if (bytes.length === 0) break;
    const end = bytes.indexOf(NEWLINE);
    parts.push(end === -1 ? bytes : bytes.subarray(0, end));
    if (end !== -1) break;
    read += bytes.length;
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts).toString('utf8');
}
