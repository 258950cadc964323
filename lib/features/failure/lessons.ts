import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { AT_ONCE as WITHOUT_PACE, requestRefresh } from '../../store/refreshes.ts';
import { applyWrites } from '../../store/sink.ts';
import { storedEvent } from '../../store/stored-event.ts';
import { inTransaction } from '../../store/transaction.ts';
import { provenShapes } from './command-shape.ts';
import { patternId } from './error-pattern.ts';
import { type FailedCommand, failedCommand } from './failed-command.ts';
import { deriveFixes } from './derive-fixes.ts';
import { FAILURE_PATTERNS, isKnownToFail } from './table-patterns.ts';
import {
  commandsTouchedBy,
  FAILED_RUNS,
  keepSuccess,
  learnAgainFrom,
  markLearned,
  placeOfSession,
  removeTranscriptRuns,
  type RunPlace,
  unlearnedCalls,
  wasSeenByHook,
} from './table-runs.ts';
import { isInvalidCall } from './invalid-call.ts';

/** Operations that are learned from at one turn. */
const AT_ONCE = 200;

interface FailedRun extends RunPlace {
  readonly tool: string;
  /** As it stood in the call, redacted and cut. */
  readonly command: string;
  readonly error: string;
  readonly source: 'hook' | 'transcript' | 'log';
}

/**
 * The 'failed-call' refresher; its key is a `task.failed`. Keeps the run that failed and the pattern that it shows.
 * What a hook saw replaces what a transcript told of the same call. Learning twice changes nothing.
 */
export function learnFailedCall(database: Database, id: string): void {
  const event = storedEvent(database, id);
  const call = objectField(event?.payload ?? {}, 'call');
  const tool = stringField(call, 'tool');
  if (event === undefined || tool === undefined) return;
  const { payload } = event;
  const toolUseId = stringField(call, 'tool_use_id');
  const [command, error] = [
    stringField(call, 'target') ?? '',
    stringField(call, 'error') ?? 'no reason given',
  ];
  const session = stringField(payload, 'session_id') ?? null;
  const project = stringField(payload, 'project');
  const at = Date.parse(event.timestamp);
  const place = {
    ...{ id: toolUseId ?? id, session, project: project ?? null },
    ...{ repository: stringField(payload, 'repository') ?? null, at },
  };
  const source = toolUseId === undefined ? 'log' : 'hook';
  const found = failedCommand(tool, command, error, project);
  inTransaction(database, () => {
    if (toolUseId !== undefined) removeTranscriptRuns(database, toolUseId);
    const isNew = !isKnownToFail(database, found.shape.key);
    keepFailedRun(database, { ...place, tool, command, error, source }, found);
    requestRefresh(database, 'failure', commandsTouchedBy(database, found.shape.key));
    if (session === null) return;
    if (isNew) learnAgainFrom(database, session, at); // successes before the first failure of a command were of no use then
    requestRefresh(database, 'lessons', [session]);
  });
}

function keepFailedRun(
  database: Database,
  { id, session, project, repository, at, tool, command, error, source }: FailedRun,
  { shape, pattern }: FailedCommand,
): void {
  const patternKey = patternId(shape.key, pattern.text);
  const known = {
    ...{ id: patternKey, command_key: shape.key, tool, command: shape.text, error: pattern.text },
    ...{ needle: shape.needle, is_general: shape.isGeneral ? 1 : 0, last_at: at },
  };
  const run = {
    ...{ id, command_key: shape.key, exact: shape.exact, session_id: session, project, repository },
    ...{ at, pattern_id: patternKey, kind: pattern.kind, command, error, source },
  };
  applyWrites(database, [
    { into: FAILURE_PATTERNS, row: known },
    { into: FAILED_RUNS, row: run },
  ]);
}

/**
 * The 'lessons' refresher: learns from the operations of a session that changed since the last time: which commands went well that are known to fail,
 * which calls Claude Code refused because they cannot work, and what helped after a failure. Learning twice changes nothing. A long session is learned from in turns.
 */
export function learnLessons(database: Database, session: string): void {
  inTransaction(database, () => {
    const news = unlearnedCalls(database, session, AT_ONCE);
    const place = placeOfSession(database, session);
    const touched = new Set<string>();
    for (const row of news) for (const key of learnFrom(database, row, place)) touched.add(key);
    const times = news.flatMap((row) => numberField(row, 'at') ?? []);
    if (times.length > 0)
      for (const key of deriveFixes(database, place, Math.min(...times))) touched.add(key);
    markLearned(
      database,
      news.map(({ id }) => String(id)),
    );
    requestRefresh(database, 'failure', touched);
    if (news.length === AT_ONCE) requestRefresh(database, `lessons${WITHOUT_PACE}`, [session]);
  });
}

/** @returns the keys of commands of which something new is known. */
function learnFrom(
  database: Database,
  row: Row,
  place: ReturnType<typeof placeOfSession>,
): readonly string[] {
  const id = stringField(row, 'id') ?? '';
  const tool = stringField(row, 'tool');
  const command = stringField(row, 'target') ?? '';
  const at = numberField(row, 'ended_at') ?? numberField(row, 'at');
  if (tool === undefined || at === undefined) return []; // gone, or not told yet
  const run = { id, ...place, at };
  const project = place.project ?? undefined;
  if (row['outcome'] === 'ok')
    return provenShapes(tool, command, project).flatMap((shape) =>
      keepSuccess(database, run, shape) ? shape.key : [],
    );
  const error = stringField(row, 'error') ?? '';
  const hasFailed =
    row['outcome'] === 'failed' &&
    !/interrupted by user/i.test(error) &&
    !wasSeenByHook(database, id);
  if (!hasFailed && !(row['outcome'] === 'rejected' && isInvalidCall(error))) return [];
  const found = failedCommand(tool, command, error, project);
  keepFailedRun(database, { ...run, tool, command, error, source: 'transcript' }, found);
  return commandsTouchedBy(database, found.shape.key);
}
