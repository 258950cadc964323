import { existsSync } from 'node:fs';
import { HOUR_MS } from '../../core/clock.ts';
import { parseJsonObject, stringField } from '../../core/json.ts';
import { type FileCursor, readOn } from '../../core/read-on.ts';
import { answerOf } from '../../claude/transcript/look-at-ends.ts';
import {
  readGivenFiles,
  TRANSCRIPT_NEWS,
  type TranscriptState,
} from '../../features/operation/read-session.ts';
import { countOperations } from '../../features/operation/table.ts';
import { lookAtCalls } from '../../features/security/look-at-calls.ts';
import {
  answersOfOthers,
  hasAgents,
  hasUnlearned,
  knownSession,
  leaveUnjudged,
} from '../../features/backfill/table.ts';
import {
  beginWrite,
  endWrite,
  type ImportedPlace,
  type ImportedSession,
} from '../../features/backfill/writes.ts';
import { readGitHead } from '../../hook/git-head.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { applyWrites } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { SessionToImport } from './plan-import.ts';

export interface SessionImportParts {
  readonly database: Database;
  readonly clock: () => number;
  /** Runs a step on the store, again and again while another process has its lock. */
  readonly onStore: <T>(step: () => T) => Promise<T>;
  /** Called after each chunk with the bytes that were read; `false` stops before the next. */
  readonly onRead: (bytes: number) => Promise<boolean>;
}

/** Bytes of each transaction: some 20 ms, so that a worker and its hooks never wait long for the store. */
const CHUNK = { chunkBytes: 1 << 20, lineBytes: 8 << 20 };

/** A client that wrote nothing for so long has gone, or will tell hooks when it goes on. */
const OVER_MS = HOUR_MS;

export interface ImportedOutcome {
  /** `false`: stopped before its end. */
  readonly isWhole: boolean;
  /** Whether hooks had told of it before. */
  readonly isFromHooks: boolean;
  readonly state: TranscriptState;
  /** Whether its folder is still there: of one that has gone nothing is said to Claude. */
  readonly hasProject: boolean;
}

/**
 * Reads the files of one session on from where the last reading stopped. Stopped at any point, the next call goes on from there; called again at the
 * end, it changes nothing.
 */
export async function importSession(
  session: SessionToImport,
  { database, clock, onStore, onRead }: SessionImportParts,
): Promise<ImportedOutcome> {
  const { id, ends } = session;
  const path = session.mains.at(-1)?.path ?? session.agents[0]?.path ?? '';
  const known = knownSession(database, id);
  const isFromHooks = known?.isFromHooks === true;
  const floor = ownBeginning(database, session);
  const imported: ImportedSession = {
    ...{ id, path, configFolder: session.configFolder },
    ...{ beginAt: floor, endAt: Math.max(floor, ends.endAt), place: placeOf(ends.cwd) },
  };
  await onStore(() => inTransaction(database, () => applyWrites(database, [beginWrite(imported)])));
  const files = [...session.mains, ...session.agents];
  const given = { sessionId: id, floor, files };
  // what happened in a session that hooks know may still have to be told to somebody; of the others that is long over
  const live = isFromHooks ? { look: lookAtCalls, refreshes: TRANSCRIPT_NEWS } : {};
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
    if (knownSession(database, id) === undefined) return; // forgotten meanwhile
    const calls = countOperations(database, id).counted;
    const isOver = !isFromHooks && endAt < now - OVER_MS;
    applyWrites(database, [endWrite(session, { state, now, calls, isOver })]);
    if (!isFromHooks) leaveUnjudged(database, id);
    if (hasProject && hasUnlearned(database, id)) requestRefresh(database, 'lessons', [id]);
    if (hasAgents(database, id)) requestRefresh(database, 'routing', [id]);
  });
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
 * When what is the session's own begins. A fork, and a session that older clients resumed, starts with a copy of another one: what is known of that one
 * is not this one's. Where the other one has gone, the copy is all that is left, and it counts.
 */
function ownBeginning(database: Database, { id, ends, mains }: SessionToImport): number {
  const [main] = mains;
  if (main === undefined || answersOfOthers(database, id, ends.firstAnswers).size === 0)
    return ends.beginAt;
  let last = ends.beginAt - 1;
  let cursor: FileCursor | undefined;
  for (;;) {
    const chunk = readOn(main.path, cursor, { ...CHUNK, isClosed: true });
    if (chunk.state !== 'read') return last + 1;
    const answers = chunk.lines.flatMap(answerIn);
    const copied = answersOfOthers(
      database,
      id,
      answers.map(({ answer }) => answer),
    );
    for (const { answer, at } of answers) if (copied.has(answer)) last = Math.max(last, at);
    if (!chunk.more || (answers.length > 0 && !copied.has(answers.at(-1)?.answer ?? '')))
      return last + 1;
    cursor = chunk.cursor;
  }
}

function answerIn(text: string): ReadonlyArray<{ readonly answer: string; readonly at: number }> {
  if (!text.includes('"assistant"')) return [];
  const line = parseJsonObject(text) ?? {};
  const answer = answerOf(line);
  const at = Date.parse(stringField(line, 'timestamp') ?? '');
  return answer === undefined || Number.isNaN(at) ? [] : [{ answer, at }];
}
