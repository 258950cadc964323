import { existsSync } from 'node:fs';
import { claudeTranscripts, type TranscriptFile } from '../claude/transcript/claude-transcripts.ts';
import { readTexts, type TranscriptText } from '../claude/transcript/texts.ts';
import { type FileCursor, readAppended } from '../core/read-appended.ts';
import { loadCursor } from '../store/cursors.ts';
import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { indexRows } from './index-rows.ts';
import { readArchivedChunk, listArchivedTranscripts, joinArchivedPath } from './archived-chunk.ts';
import { prepareText } from './line-text.ts';
import { createCallDocument } from './documents.ts';
import type { RowRounds } from './row-rounds.ts';
import { computeRef, readRefs } from './table.ts';
import {
  indexedFile,
  type IndexedSession,
  keepFile,
  knownSession,
  registerSession,
  saveSessionSign,
} from './table-sessions.ts';
import {
  readSourceCall,
  hasMessage,
  type SourceSession,
  sourceSession,
  titleOfSign,
} from './table-sources.ts';
import { addDocuments, type IndexDocument } from './write.ts';

export interface IndexingParts {
  /** Read alone. */
  readonly store: Database;
  readonly index: Database;
  /** The folder `archive` of the state folder, for transcripts that the client has deleted. */
  readonly archive: string;
  readonly rounds?: RowRounds;
}

export interface SessionIndexed {
  readonly documents: number;
  /** Bytes of transcripts that were read. */
  readonly bytes: number;
  /** The budget ended before the session did: call again. */
  readonly more: boolean;
}

const CHUNK_BYTES = 1 << 17;
const LINE_BYTES = 8 << 20;

/**
 * Brings the index up to date with one session: what is new in its transcripts as far as the store
 * has read them, then what the store has and no transcript. Each step is a transaction together
 * with the place after it, so that nothing is lost or doubled when the process dies, or another one
 * does the same.
 * @param steps Most transactions.
 */
export function indexSession(parts: IndexingParts, id: string, steps: number): SessionIndexed {
  const source = sourceSession(parts.store, id);
  if (source === undefined) return { documents: 0, bytes: 0, more: false };
  const session =
    knownSession(parts.index, id, source) ??
    inTransaction(parts.index, () => registerSession(parts.index, id, source));
  let [documents, bytes, left] = [0, 0, steps];
  for (const file of filesOf(source, parts.archive, session.seen !== '')) {
    for (;;) {
      const read = indexChunk({ ...parts, source, session, file });
      if (read === undefined) break;
      documents += read.documents;
      bytes += read.bytes;
      left -= 1;
      if (left <= 0) return { documents, bytes, more: true };
    }
  }
  if (isPutOff(parts, source, session)) return { documents, bytes, more: false };
  const rows = indexRows(parts, source, left);
  if (!rows.more) saveSessionSign(parts.index, session.num, source.seen);
  return { documents: documents + rows.documents, bytes, more: rows.more };
}

/**
 * Whether its rows may wait: the transcript of a session at work brings the same, but for a title.
 * The session keeps its old sign, so that a later round sees it again.
 */
function isPutOff(
  { rounds }: IndexingParts,
  source: SourceSession,
  session: IndexedSession,
): boolean {
  if (rounds === undefined) return false;
  const isAtWork = session.seen !== '' && source.hasTranscript && !source.hasEnded;
  const isTitled = titleOfSign(session.seen) === titleOfSign(source.seen);
  if (isAtWork && isTitled && !rounds.isDue(source.id)) return true;
  rounds.noteCompared(source.id);
  return false;
}

/**
 * What the client has, and what it has deleted and the archive has. To look into the archive costs
 * more than all else here: not where the session was indexed before and its transcript is still
 * there, as that of a session at work is.
 */
function filesOf(
  { client, transcriptPath, id }: SourceSession,
  archive: string,
  isKnown: boolean,
): readonly TranscriptFile[] {
  if (client !== 'claude-code' || transcriptPath === undefined) return [];
  const files = claudeTranscripts.files(transcriptPath, id);
  if (isKnown && existsSync(transcriptPath)) return files;
  const known = new Set(files.map(({ path }) => path));
  const archived = listArchivedTranscripts(archive, id).map(joinArchivedPath);
  return [
    ...files,
    ...archived.filter((path) => !known.has(path)).map((path) => ({ path, agentId: null })),
  ];
}

interface ChunkParts extends IndexingParts {
  readonly source: SourceSession;
  readonly session: IndexedSession;
  readonly file: TranscriptFile;
}

/** @returns `undefined` when there is nothing new that the store has read. */
function indexChunk(
  parts: ChunkParts,
): { readonly documents: number; readonly bytes: number } | undefined {
  const { store, index, source, session } = parts;
  const { path } = parts.file;
  const known = loadCursor(store, { reader: 'transcript', path, session: source.id })?.cursor;
  const before = indexedFile(index, path, session.num);
  const isSame = before !== undefined && before.cursor.inode === known?.inode;
  const start = isSame ? before.cursor.offset : 0;
  if (known === undefined || start >= known.offset) return undefined;
  const read = readChunk(parts, { start, known, before: isSame ? before.cursor : undefined });
  if (read === undefined) return undefined;
  const { lines, cursor, from } = read;
  const texts = textsIn(lines, from);
  const found = texts.flatMap(({ text, offset }) => documentOf(parts, text, offset) ?? []);
  const documents = inTransaction(index, () => {
    // another process was first
    if (indexedFile(index, path, session.num)?.cursor.offset !== before?.cursor.offset) return 0;
    const file = keepFile(index, path, session.num, cursor);
    const fresh = before === undefined || from > 0 ? found : withoutKnown(index, source, found);
    addDocuments(
      index,
      session,
      fresh.map(({ document, offset }) => ({ ...document, line: { file, offset } })),
    );
    return fresh.length;
  });
  return { documents, bytes: cursor.offset - from };
}

interface ChunkPlace {
  readonly start: number;
  /** How far the store has read. */
  readonly known: FileCursor;
  readonly before: FileCursor | undefined;
}

/** @returns `undefined` when there is nothing to read. */
function readChunk(
  { archive, source, file }: ChunkParts,
  { start, known, before }: ChunkPlace,
):
  | { readonly lines: readonly string[]; readonly cursor: FileCursor; readonly from: number }
  | undefined {
  const bytes = Math.min(CHUNK_BYTES, known.offset - start);
  const chunk = readAppended(file.path, before, { chunkBytes: bytes, lineBytes: LINE_BYTES });
  if (chunk.state === 'read') {
    const isNew = chunk.cursor.offset > start || chunk.restarted;
    const { lines, cursor } = chunk;
    return isNew ? { lines, cursor, from: chunk.restarted ? 0 : start } : undefined;
  }
  const place = { session: source.id, path: file.path };
  const archived = readArchivedChunk(archive, place, { start, end: known.offset, bytes });
  if (archived === undefined) return undefined;
  const cursor = { ...known, offset: archived.offset };
  return { lines: archived.lines, cursor, from: start };
}

interface Placed {
  readonly document: IndexDocument;
  readonly offset: number;
}

/** A file that was replaced is read again from its start. */
function withoutKnown(
  index: Database,
  source: SourceSession,
  found: readonly Placed[],
): readonly Placed[] {
  const refs = readRefs(index, registerSession(index, source.id, source));
  return found.filter(({ document }) => !refs.has(computeRef(document.ref)));
}

function textsIn(
  lines: readonly string[],
  from: number,
): ReadonlyArray<{ readonly text: TranscriptText; readonly offset: number }> {
  let offset = from;
  return lines.flatMap((line) => {
    const at = offset;
    offset += Buffer.byteLength(line) + 1;
    return readTexts(line).map((text) => ({ text, offset: at }));
  });
}

/** What the store took from this line for this session: copies of a fork it did not. */
function documentOf(
  { store, source }: ChunkParts,
  text: TranscriptText,
  offset: number,
): Placed | undefined {
  if (text.kind !== 'result') {
    if (!hasMessage(store, source.id, text.id)) return undefined;
    const document = { kind: text.kind, ref: text.id, at: text.at, main: prepareText(text) };
    return { document, offset };
  }
  const call = readSourceCall(store, source.id, text.id);
  return call === undefined
    ? undefined
    : { document: createCallDocument(call, prepareText(text)), offset };
}
