import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { createCallDocument, createMessageDocument, titleRef } from './documents.ts';
import { forgetTexts } from './forget.ts';
import { computeRef, readRefs } from './table.ts';
import { registerSession } from './table-sessions.ts';
import {
  callIds,
  messageIds,
  readLoggedPrompts,
  readMessages,
  readSourceCalls,
  type SourceSession,
} from './table-sources.ts';
import { addDocuments, type IndexDocument } from './write.ts';

/** Rows that become documents in one transaction. */
const ROWS_AT_ONCE = 200;

/**
 * Indexes what the store has of a session and no transcript gave. @param steps Most transactions.
 */
export function indexRows(
  { store, index }: { readonly store: Database; readonly index: Database },
  source: SourceSession,
  steps: number,
): { readonly documents: number; readonly more: boolean } {
  const { id } = source;
  const refs = readRefs(index, registerSession(index, id, source));
  const isNew = (ref: string): boolean => !refs.has(computeRef(ref));
  const calls = callIds(store, id, source.hasEnded).filter(isNew);
  const messages = messageIds(store, id);
  const unknown = messages.filter(isNew);
  const logged = readLoggedPrompts(store, id);
  if (messages.length > 0) {
    const replaced = logged.map((one) => computeRef(one.id)).filter((ref) => refs.has(ref));
    forgetTexts(index, registerSession(index, id, source), replaced);
  }
  // of a session at work the transcript has them in a moment, under other ids
  const isLogAll = messages.length === 0 && (source.hasEnded || !source.hasTranscript);
  const prompts = isLogAll ? logged.filter((one) => isNew(one.id)) : [];
  const title = source.title ?? '';
  const titles =
    title !== '' && isNew(titleRef(id, title))
      ? [{ kind: 'title' as const, ref: titleRef(id, title), at: source.lastEventAt, main: title }]
      : [];
  const batches: Array<() => readonly IndexDocument[]> = [
    ...inBatches(calls, (ids) =>
      readSourceCalls(store, id, ids).map((call) => createCallDocument(call)),
    ),
    ...inBatches(unknown, (ids) => readMessages(store, id, ids).map(createMessageDocument)),
    ...inBatches(prompts, (some) => some.map(createMessageDocument)),
    ...inBatches(titles, (some) => some),
  ];
  let documents = 0;
  for (const batch of batches.slice(0, steps)) documents += addNew(index, source, batch());
  return { documents, more: batches.length > steps };
}

/** Adds those that another process has not added meanwhile. */
function addNew(
  index: Database,
  source: SourceSession,
  documents: readonly IndexDocument[],
): number {
  return inTransaction(index, () => {
    const session = registerSession(index, source.id, source);
    const refs = readRefs(index, session);
    const fresh = documents.filter(({ ref }) => !refs.has(computeRef(ref)));
    addDocuments(index, session, fresh);
    return fresh.length;
  });
}

function inBatches<T>(
  items: readonly T[],
  make: (some: readonly T[]) => readonly IndexDocument[],
): ReadonlyArray<() => readonly IndexDocument[]> {
  const count = Math.ceil(items.length / ROWS_AT_ONCE);
  return Array.from(
    { length: count },
    (_, n) => () => make(items.slice(n * ROWS_AT_ONCE, (n + 1) * ROWS_AT_ONCE)),
  );
}
