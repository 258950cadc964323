import type { Database } from '../store/database.ts';
import { addPlace, findFreeId, computeIdAt, type PlaceKind, computeRef } from './table.ts';
import { type IndexedSession, widenSessionRange } from './table-sessions.ts';
import { addMainWords, addOutputWords, computePart, ensurePart } from './table-words.ts';
import { indexedText, MARK, shortenLongWords } from './words.ts';

/** A text of a session, redacted, as it is to be found. */
export interface IndexDocument {
  readonly kind: PlaceKind;
  /** Its id: of a call, a message or an event. */
  readonly ref: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was said, or what was called. */
  readonly main: string;
  /** How the call failed. */
  readonly error?: string;
  readonly hasFailed?: boolean;
  /** The beginning of what the call printed. */
  readonly output?: string;
  /** Where its whole text is. */
  readonly line?: { readonly file: number; readonly offset: number };
}

export const FAILED_MARK = 'failed';

export function kindMark(kind: PlaceKind): string {
  return `kind${kind}`;
}

export function folderMark(folder: number): string {
  return `folder${folder}`;
}

/** Adds documents of a session, inside a transaction of the caller. */
export function addDocuments(
  database: Database,
  session: IndexedSession,
  documents: readonly IndexDocument[],
  random: () => number = Math.random,
): void {
  const placed = documents.map((document) => ({ id: 0, document }));
  for (const one of placed) {
    one.id = findFreeId(database, computeIdAt(one.document.at), random);
    const { at, kind, ref, line } = one.document;
    const { file = null, offset = null } = line ?? {};
    addPlace(database, one.id, {
      at,
      session: session.num,
      kind,
      ref: computeRef(ref),
      file,
      offset,
    });
  }
  // the index writes out what it holds whenever an id is not the next
  placed.sort((a, b) => a.id - b.id);
  const parts = new Set(placed.map(({ id }) => computePart(id)));
  for (const part of parts) ensurePart(database, part);
  for (const { id, document } of placed) {
    const main = `${marksOf(session, document)} ${indexedText(document.main)}`;
    addMainWords(database, id, main, indexedText(document.error ?? ''));
  }
  for (const { id, document } of placed) {
    if ((document.output ?? '').trim() === '') continue;
    const { main, error = '', output = '' } = document;
    const whole = shortenLongWords(indexedText(`${main}\n${error}\n${output}`));
    addOutputWords(database, id, `${marksOf(session, document)} ${whole}`);
  }
  const [first, last] = [placed[0]?.id, placed.at(-1)?.id];
  if (first !== undefined && last !== undefined)
    widenSessionRange(database, session.num, first, last);
}

function marksOf({ folder }: IndexedSession, { kind, hasFailed }: IndexDocument): string {
  const marks = [kindMark(kind), folderMark(folder), ...(hasFailed === true ? [FAILED_MARK] : [])];
  return marks.map((mark) => `${MARK}${mark}`).join(' ');
}
