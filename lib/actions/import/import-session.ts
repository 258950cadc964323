import { existsSync } from 'node:fs';
import { HOUR_MS } from '../../core/clock.ts';
import { parseJsonObject } from '../../core/json.ts';
import { type FileCursor, readAppended } from '../../core/read-appended.ts';
import { isRequestRecord } from '../../claude/transcript/texts.ts';
import { readAnswerId } from '../../claude/transcript/read-transcript-ends.ts';
import {
  readGivenFiles,
  TRANSCRIPT_REFRESHES,
  type TranscriptState,
} from '../../features/operation/read-session.ts';
import { countOperations } from '../../features/operation/table.ts';
import { skipChecks } from '../../features/security/table.ts';
import { callInspector } from '../../features/security/call-inspector.ts';
import {
  readAnswersOfOthers,
  hasAgents,
  hasUnlearnedCalls,
  readKnownSession,
} from '../../features/backfill/table.ts';
import {
  createBeginWrite,
  createEndWrite,
  type ImportedPlace,
  type ImportedSession,
} from '../../features/backfill/writes.ts';
import { readGitHead } from '../../hook/git-head.ts';
import type { Database } from '../../store/database.ts';
import { isForgotten } from '../../store/forgotten.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { applyWrites } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import { createAgentWrite } from '../../features/operation/agent-writes.ts';
import { readTextOrEmpty } from '../../core/files.ts';
import type { Write } from '../../store/sink.ts';
import type { AgentToImport, SessionToImport } from './plan-import.ts';
import { idField, nameField, readLineTime } from '../../claude/transcript/line-fields.ts';

export interface SessionImportParts {
  readonly database: Database;
  readonly clock: () => number;
  /** Runs a step on the store, again and again while another process has its lock. */
  readonly onStore: <T>(step: () => T) => Promise<T>;
  /** Called after each chunk with the bytes that were read; `false` stops before the next. */
  readonly onRead: (bytes: number) => Promise<boolean>;
}

/**
 * Bytes of each transaction: some 20 ms, so that a worker and its hooks never wait long for the
 * store.
 */
const CHUNK = { chunkBytes: 1 << 20, lineBytes: 8 << 20 };

/** A client that wrote nothing for so long has gone, or will tell hooks when it goes on. */
const OVER_MS = HOUR_MS;

export interface ImportedOutcome {
  /** `false`: stopped before its end. */
  readonly isWhole: boolean;
  /** Whether hooks had reported it before. */
  readonly isFromHooks: boolean;
  readonly state: TranscriptState;
  /** Whether its folder is still there: of one that has gone nothing is said to Claude. */
  readonly hasProject: boolean;
}

/**
 * Reads the files of one session on from where the last reading stopped. Stopped at any point, the
 * next call goes on from there; called again at the end, it changes nothing.
 */
export async function importSession(
  session: SessionToImport,
  { database, clock, onStore, onRead }: SessionImportParts,
): Promise<ImportedOutcome> {
  const { id, ends } = session;
  const path = session.mains.at(-1)?.path ?? session.agents[0]?.path ?? '';
  const known = readKnownSession(database, id);
  const isFromHooks = known?.isFromHooks === true;
  const floor = ownBeginning(database, session);
  const imported: ImportedSession = {
    ...{ id, path, configFolder: session.configFolder },
    ...{ beginAt: floor, endAt: Math.max(floor, ends.endAt), place: placeOf(ends.cwd) },
  };
  await onStore(() =>
    inTransaction(database, () => {
      if (isForgotten(database, id)) return; // meanwhile: what has no row gets no rows below
      applyWrites(database, [
        createBeginWrite(imported),
        ...session.agents.flatMap((file) => agentOf(id, file, isFromHooks)),
      ]);
    }),
  );
  const files = [...session.mains, ...session.agents];
  const given = { sessionId: id, floor, files };
  // events of a session that hooks know may still have subscribers; of the others
  const live = isFromHooks ? { look: callInspector, refreshes: TRANSCRIPT_REFRESHES } : {};
  const options = { now: clock(), maxChunks: 1, limits: CHUNK, ...live };
  for (;;) {
    const read = await onStore(() => readGivenFiles(database, given, options));
    const isWanted = await onRead(read.bytes);
    const hasProject = imported.place !== undefined && existsSync(imported.place.project);
    const outcome = { isFromHooks, state: read.state, hasProject };
    if (!read.more) {
      await onStore(() => finish(database, imported, { ...outcome, now: clock() }));
      return { ...outcome, isWhole: true };
    }
    if (!isWanted) return { ...outcome, isWhole: false };
  }
}

function finish(
  database: Database,
  session: ImportedSession,
  {
    state,
    now,
    isFromHooks,
    hasProject,
  }: Omit<ImportedOutcome, 'isWhole'> & { readonly now: number },
): void {
  const { id, endAt } = session;
  inTransaction(database, () => {
    if (readKnownSession(database, id) === undefined) return; // forgotten meanwhile
    const calls = countOperations(database, id).counted;
    const isOver = !isFromHooks && endAt < now - OVER_MS;
    applyWrites(database, [createEndWrite(session, { state, now, calls, isOver })]);
    if (!isFromHooks) skipChecks(database, id);
    if (hasProject && hasUnlearnedCalls(database, id)) requestRefresh(database, 'lessons', [id]);
    if (hasAgents(database, id)) requestRefresh(database, 'routing', [id]);
  });
}

/**
 * Newer clients write beside the transcript of an agent what kind it is, and which call began it.
 * What hooks saw of it they know better.
 */
function agentOf(
  session: string,
  { path, agentId, lived }: AgentToImport,
  isFromHooks: boolean,
): readonly Write[] {
  if (agentId === null) return [];
  const meta = parseJsonObject(readTextOrEmpty(path.replace(/\.jsonl$/, '.meta.json'))) ?? {};
  const type = nameField(meta, 'agentType');
  const call = idField(meta, 'toolUseId');
  const told = {
    ...(type === undefined ? {} : { type }),
    ...(call === undefined ? {} : { tool_use_id: call }),
    ...(lived === undefined || isFromHooks
      ? {}
      : { started_at: lived.beginAt, stopped_at: lived.endAt }),
  };
  return Object.keys(told).length === 0 ? [] : [createAgentWrite(session, agentId, told)];
}

/** The folder, with its repository as hooks tell it while it is there. */
function placeOf(cwd: string | undefined): ImportedPlace | undefined {
  if (cwd === undefined) return undefined;
  if (!existsSync(cwd)) return { project: cwd, worktree: null, repository: null, isWhole: false };
  const head = readGitHead(cwd);
  const git = { worktree: head?.worktree ?? null, repository: head?.repository ?? null };
  return { project: cwd, ...git, isWhole: true };
}

/**
 * When what is the session's own begins. A fork, and a session that older clients resumed, starts
 * with a copy of another one: what is known of that one is not this one's. Where the other one has
 * gone, the copy is all that is left, and it counts.
 */
function ownBeginning(database: Database, { id, ends, mains }: SessionToImport): number {
  const [main] = mains;
  if (main === undefined || readAnswersOfOthers(database, id, ends.firstAnswers).size === 0)
    return ends.beginAt;
  let last = ends.beginAt - 1;
  let cursor: FileCursor | undefined;
  for (;;) {
    const chunk = readAppended(main.path, cursor, { ...CHUNK, isClosed: true });
    if (chunk.state !== 'read') return last + 1;
    const said = chunk.lines.flatMap(parseSaid);
    const answers = said.flatMap(({ answer }) => answer ?? []);
    const copied = readAnswersOfOthers(database, id, answers);
    for (const { answer, at } of said)
      if (answer !== undefined && copied.has(answer)) last = Math.max(last, at);
    if (!chunk.more || (answers.length > 0 && !copied.has(answers.at(-1) ?? '')))
      return said.find(({ at }) => at > last)?.at ?? last + 1;
    cursor = chunk.cursor;
  }
}

interface Said {
  readonly at: number;
  /** The id of the answer; `undefined` for what a person said, or a call gave back. */
  readonly answer: string | undefined;
}

function parseSaid(text: string): readonly Said[] {
  if (isRequestRecord(text) || !/"(?:assistant|user)"/.test(text)) return [];
  const line = parseJsonObject(text) ?? {};
  const at = readLineTime(line);
  if (at === undefined || (line['type'] !== 'user' && line['type'] !== 'assistant')) return [];
  return [{ at, answer: readAnswerId(line) }];
}
