import { statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  claudeTranscripts,
  type TranscriptFile,
} from '../../claude/transcript/claude-transcripts.ts';
import { groupBy } from '../../core/group-by.ts';
import {
  type ArchivedFile,
  archivedFiles,
  archivedLines,
} from '../../journal/transcripts/read-archived.ts';
import { type FileCursor, readAppended } from '../../core/read-appended.ts';

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

/**
 * The transcripts of a session: the client's own files; our copies where those are gone or were
 * cut; `undefined` where there are neither.
 * @param archive The folder `archive` of the state folder.
 */
export function openSessionLines(
  session: string,
  transcriptPath: string | null,
  archive: string,
): SessionLines | undefined {
  const size = transcriptPath === null ? undefined : sizeOfFile(transcriptPath);
  const archived = archivedMain(archive, session);
  const isCut = archived !== undefined && (size ?? 0) < archived.bytes;
  if (transcriptPath !== null && size !== undefined && !isCut)
    return {
      origin: 'transcript',
      files: claudeTranscripts.files(transcriptPath, session),
      lines: ({ path }) => linesOfFile(path),
    };
  return archived === undefined ? undefined : linesOfArchive(archive, archived);
}

const AGENT_FILE = /\/subagents\/(?:.*\/)?agent-([\w-]{1,128})\.jsonl$/;

/** The longest copy of the session's own transcript. */
function archivedMain(archive: string, session: string): ArchivedFile | undefined {
  return archivedFiles(archive, session)
    .filter(({ path }) => path.startsWith('projects/') && basename(path) === `${session}.jsonl`)
    .toSorted((a, b) => b.bytes - a.bytes)[0];
}

function linesOfArchive(archive: string, main: ArchivedFile): SessionLines {
  const all = archivedFiles(archive, main.session).filter(({ base }) => base === main.base);
  const byPath = groupBy(all, ({ path }) => path);
  const agents = [...byPath.keys()].flatMap((path) => {
    const agentId = AGENT_FILE.exec(path)?.[1];
    return agentId === undefined ? [] : [{ path, agentId }];
  });
  return {
    origin: 'archive',
    files: [{ path: main.path, agentId: null }, ...agents],
    lines: ({ path }) => linesOfBranches(byPath.get(path) ?? []),
  };
}

/** What the client cut off or wrote over comes after what it had first. */
function* linesOfBranches(branches: readonly ArchivedFile[]): Generator<string | undefined> {
  for (const branch of branches) {
    let lost = 0;
    const onFault = (): void => {
      lost += 1;
    };
    yield* archivedLines(branch, { from: branch.shared, onFault, onSkipped: onFault });
    for (let count = 0; count < lost; count += 1) yield undefined;
  }
}

function sizeOfFile(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : undefined;
}

/** A plain file, line by line, as far as it goes now. */
function* linesOfFile(path: string): Generator<string | undefined> {
  let cursor: FileCursor | undefined;
  for (;;) {
    const chunk = readAppended(path, cursor, LIMITS);
    if (chunk.state !== 'read' || chunk.restarted) return; // gone or replaced while it is read
    yield* chunk.lines;
    for (let count = 0; count < chunk.skipped; count += 1) yield undefined;
    if (!chunk.more) return;
    cursor = chunk.cursor;
  }
}
