import { statSync } from 'node:fs';
import type { TranscriptFile } from '../../claude/transcript/claude-transcripts.ts';
import { type FileCursor, readOn } from '../../core/read-on.ts';

/** The transcripts of one session, wherever they are now. */
export interface SessionLines {
  readonly origin: 'transcript' | 'archive';
  /** The session's own first. */
  readonly files: readonly TranscriptFile[];
  /** The lines of one of them; `undefined` in place of a line that cannot be read. */
  readonly lines: (file: TranscriptFile) => Iterable<string | undefined>;
}

/** A part of a file at a time; a line of more than 8 MiB is passed over. */
const LIMITS = { chunkBytes: 1 << 20, lineBytes: 8 << 20, isClosed: true };

/** A plain file, line by line, as far as it goes now. */
export function linesOfFile(path: string): {
  readonly state: 'read' | 'missing';
  readonly lines: Iterable<string | undefined>;
} {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return {
    state: isFile ? 'read' : 'missing',
    lines: { [Symbol.iterator]: () => readLines(path) },
  };
}

function* readLines(path: string): Generator<string | undefined> {
  let cursor: FileCursor | undefined;
  for (;;) {
    const chunk = readOn(path, cursor, LIMITS);
    if (chunk.state !== 'read' || chunk.restarted) return; // gone or replaced while it is read
    yield* chunk.lines;
    for (let count = 0; count < chunk.skipped; count += 1) yield undefined;
    if (!chunk.more) return;
    cursor = chunk.cursor;
  }
}
