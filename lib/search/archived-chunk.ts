import {
  type ArchivedFile,
  archivedFiles,
  archivedLines,
} from '../journal/transcripts/read-archived.ts';

/** Lines of a transcript that the client has deleted. */
export interface ArchivedChunk {
  readonly lines: readonly string[];
  /** Where to read on. */
  readonly offset: number;
}

/**
 * The archived branches of transcripts of a session. @param path Of this one alone. Never throws.
 */
export function listArchivedTranscripts(
  archive: string,
  session: string,
  path?: string,
): readonly ArchivedFile[] {
  try {
    return archivedFiles(archive, session).filter((file) =>
      path === undefined ? isTranscript(file) : joinArchivedPath(file) === path,
    );
  } catch {
    return []; // an archive of a newer version, or damaged: what the store has is found
  }
}

/** Where the client had it. */
export function joinArchivedPath({ base, path }: ArchivedFile): string {
  return `${base}/${path}`;
}

function isTranscript({ path, branch }: ArchivedFile): boolean {
  return branch === 'main' && /^projects\/.*\.jsonl$/.test(path);
}

/** Some lines of a deleted transcript, from `start` on, at most to `end`. */
export function readArchivedChunk(
  archive: string,
  place: { readonly session: string; readonly path: string },
  { start, end, bytes }: { readonly start: number; readonly end: number; readonly bytes: number },
): ArchivedChunk | undefined {
  const [file] = listArchivedTranscripts(archive, place.session, place.path);
  if (file === undefined) return undefined;
  const lines: string[] = [];
  let offset = start;
  for (const line of archivedLines(file, { from: start, to: end })) {
    lines.push(line);
    offset += Buffer.byteLength(line) + 1;
    if (offset - start >= bytes) return { lines, offset: Math.min(offset, end) };
  }
  return { lines, offset: end };
}
