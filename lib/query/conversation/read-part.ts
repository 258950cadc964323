import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import type { ConversationEntry } from './entry.ts';
import { type Conversation, readConversation } from './read-conversation.ts';

/** Some entries of a conversation, in their order. */
export interface ConversationPartAnswer {
  readonly origin: Conversation['origin'];
  readonly title: string | null;
  /** The number of the first one. */
  readonly from: number;
  readonly entries: readonly ConversationEntry[];
  /** Whether there are entries after these. */
  readonly hasMore: boolean;
}

export interface ConversationPartWish {
  /** Entries to pass over; `end`: all but the last `count`. */
  readonly from: number | 'end';
  readonly count: number;
}

/** Entries that are read at once: others get their turn in between. */
const AT_ONCE = 100;

/**
 * Some entries of a conversation, without pictures; `undefined` for an unknown id. Reads from the
 * beginning each time: entries before `from` cost their time, but no memory.
 */
export async function readConversationPart(
  database: Database,
  folder: StateFolder,
  id: string,
  { from, count }: ConversationPartWish,
): Promise<ConversationPartAnswer | undefined> {
  const conversation = await readConversation(database, folder, id);
  if (conversation === undefined) return undefined;
  const entries: ConversationEntry[] = [];
  let number = 0;
  let hasMore = false;
  for (const entry of conversation.entries()) {
    if (from !== 'end' && number >= from + count) {
      hasMore = true;
      break;
    }
    if (from === 'end' || number >= from) entries.push(withoutPicture(entry));
    if (entries.length > 2 * count) entries.splice(0, count);
    number += 1;
    if (number % AT_ONCE === 0) await nextTurn();
  }
  const { origin, title } = conversation;
  const shown = entries.slice(-count);
  const first = from === 'end' ? number - shown.length : from;
  return { origin, title, from: first, entries: shown, hasMore };
}

function withoutPicture(entry: ConversationEntry): ConversationEntry {
  if (entry.kind !== 'image') return entry;
  const { picture: _, ...stub } = entry;
  return stub;
}

export interface AroundWish {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Entries before and after that moment. */
  readonly before: number;
  readonly after: number;
}

/**
 * The entries of a conversation around a moment, in their order. An entry without a time belongs
 * to the one before it.
 */
export function readAround(
  { entries }: Pick<Conversation, 'entries'>,
  { at, before, after }: AroundWish,
): readonly ConversationEntry[] {
  const kept: ConversationEntry[] = [];
  let behind = 0;
  for (const entry of entries()) {
    if (behind > 0 || entry.at >= at) behind += 1;
    kept.push(entry);
    if (behind === 0 && kept.length > before) kept.shift();
    if (behind > after) break;
  }
  return kept;
}
