import type { TranscriptFile } from '../../claude/transcript/claude-transcripts.ts';
import {
  parseConversationLine,
  type ConversationPart,
} from '../../claude/transcript/conversation-parts.ts';
import type { ModelWindows } from '../../claude/model-windows.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { readSessionPlace } from '../find-session.ts';
import { isOfTeam } from '../store-view.ts';
import { selectAgents } from '../session-detail.ts';
import { readSession, type SessionSummary } from '../sessions.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readTextColumn } from '../row.ts';
import { readCallKnowledge } from './call-knowledge.ts';
import type { ConversationEntry } from './entry.ts';
import { type SessionLines, openSessionLines } from './session-lines.ts';
import { type CallKnowledge, type Launched, orderEntries } from './order-entries.ts';
import { readStoredEntries } from './stored-entries.ts';

/** A session, to be read from its beginning to its end. */
export interface Conversation {
  readonly session: SessionSummary;
  /** What the client or a person called it. */
  readonly title: string | null;
  /**
   * Where the words are from: the client's own file, our copy of it, or what the store has of it.
   */
  readonly origin: 'transcript' | 'archive' | 'store';
  /**
   * Reads as it goes: memory does not grow with the session, but for the names of what was seen.
   */
  readonly entries: () => Iterable<ConversationEntry>;
}

/** One session as a conversation; `undefined` for an unknown id. */
export async function readConversation(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
): Promise<Conversation | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const { transcriptPath } = (await readSessionPlace(database, id)) ?? {};
  const [row] = await runQuery(database, titleRow(id));
  const title = row === undefined ? null : readTextColumn(row, 'title');
  // the path of a teammate's transcript may be another file here
  const found = isOfTeam(database)
    ? undefined
    : openSessionLines(id, transcriptPath ?? null, folder.archive);
  if (found === undefined) {
    const rows = await readStoredEntries(database, id);
    return { session, title, origin: 'store', entries: () => rows };
  }
  const knowledge = await readCallKnowledge(database, id);
  const types = new Map(
    (await runQuery(database, selectAgents(id))).map((row) => [
      readTextColumn(row, 'agent_id') ?? '',
      readTextColumn(row, 'type'),
    ]),
  );
  return {
    session,
    title,
    origin: found.origin,
    entries: () => conversationOf(found, { knowledge, types }),
  };
}

function titleRow(session: string) {
  return queryBuilder().selectFrom('sessions').select('title').where('id', '=', session);
}

interface Known {
  readonly knowledge: CallKnowledge;
  readonly types: ReadonlyMap<string, string | null>;
}

/** Deepest agent of an agent that is put in its place; deeper ones follow at the end. */
const MAX_DEPTH = 8;

function* conversationOf(from: SessionLines, known: Known): Generator<ConversationEntry> {
  const left = new Map(
    from.files.flatMap((file) => (file.agentId === null ? [] : [[file.agentId, file] as const])),
  );
  const main = from.files.find(({ agentId }) => agentId === null);
  const place = { room: new PictureRoom(), known, left, depth: 0 };
  if (main !== undefined) yield* entriesOf(from, main, place);
  for (const agentId of [...left.keys()]) yield* agentEntries(from, { agentId, type: null }, place);
}

/** Bytes of pictures in one conversation: some entries wait for others, and a page must open. */
const MAX_PICTURES = 20_000_000;

class PictureRoom {
  #left = MAX_PICTURES;

  /** The part, without its picture where there is no room for it. */
  admit(part: ConversationPart): ConversationPart {
    if (part.kind !== 'image' || part.picture === undefined) return part;
    const { picture, ...stub } = part;
    if (picture.length > this.#left) return stub;
    this.#left -= picture.length;
    return part;
  }
}

interface Place {
  readonly room: PictureRoom;
  readonly known: Known;
  /** Agents that were not read yet. */
  readonly left: Map<string, TranscriptFile>;
  readonly depth: number;
}

function* entriesOf(
  from: SessionLines,
  file: TranscriptFile,
  place: Place,
): Generator<ConversationEntry> {
  let unread = 0;
  const parts = function* (): Generator<ConversationPart> {
    for (const line of from.lines(file)) {
      if (line === undefined) unread += 1;
      else for (const part of parseConversationLine(line)) yield place.room.admit(part);
    }
  };
  for (const { entry, launched } of orderEntries(parts(), place.known.knowledge, place.depth)) {
    yield entry;
    if (launched !== undefined) yield* agentEntries(from, launched, place);
  }
  if (unread > 0) yield { kind: 'unread', at: 0, depth: place.depth, count: unread };
}

function* agentEntries(
  from: SessionLines,
  { agentId, type }: Launched,
  place: Place,
): Generator<ConversationEntry> {
  const file = place.left.get(agentId);
  if (file === undefined || place.depth >= MAX_DEPTH) return;
  place.left.delete(agentId);
  const depth = place.depth + 1;
  const agent = { at: 0, depth, agentId, type: type ?? place.known.types.get(agentId) ?? null };
  yield { kind: 'agent-start', ...agent };
  yield* entriesOf(from, file, { ...place, depth });
  yield { kind: 'agent-end', ...agent };
}
