import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { replaceRows } from '../../store/derived-rows.ts';
import { IMMEDIATE_SUFFIX as WITHOUT_PACE, requestRefresh } from '../../store/refreshes.ts';
import { applyWrites } from '../../store/sink.ts';
import { storedEvent } from '../../store/stored-event.ts';
import { inTransaction } from '../../store/transaction.ts';
import { deriveFixes } from './derive-fixes.ts';
import { deriveRuns, createFailedRows } from './derive-runs.ts';
import { describeFailedCommand } from './failed-command.ts';
import { readCommandsTouchedBy } from './table-fixes.ts';
import { readKeysKnownToFail } from './table-patterns.ts';
import {
  markUnlearnedFrom,
  markLearned,
  readPlaceOfSession,
  RUNS,
  readRunsOfCalls,
  readUnlearnedCalls,
} from './table-runs.ts';

/** Operations processed per call. */
const AT_ONCE = 200;

/**
 * Refresher of the kind 'failed-call'; its key is a `task.failed`. Stores the failed run and its
 * pattern. What a hook saw replaces what the transcript has about the same call. Repeating it
 * changes nothing.
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
  const found = describeFailedCommand(tool, command, error, project);
  const { run, pattern } = createFailedRows({ place, tool, command, error, source }, found);
  inTransaction(database, () => {
    const { key } = found.shape;
    const isNew = readKeysKnownToFail(database, [key]).size === 0;
    const known = toolUseId === undefined ? [] : readRunsOfCalls(database, [toolUseId]);
    const { changes, gone } = replaceRows(
      RUNS,
      known.filter((row) => row['source'] === 'transcript'),
      [],
    );
    applyWrites(database, [...changes, pattern, { into: RUNS, row: run }]);
    const before = gone.map((row) => String(row['command_key']));
    requestRefresh(
      database,
      'failure',
      [...new Set([key, ...before])].flatMap((one) => readCommandsTouchedBy(database, one)),
    );
    if (session === null) return;
    // earlier successes of the command were not stored, because it had no known failure then
    if (isNew) markUnlearnedFrom(database, session, at);
    requestRefresh(database, 'lessons', [session]);
  });
}

/**
 * Refresher of the kind 'lessons'. From the operations of a session that changed since the last
 * time, it derives which commands with known failures succeeded, which calls Claude Code refused
 * because they cannot work, and what helped after a failure. Repeating it changes nothing. A long
 * session is processed in several calls.
 */
export function learnLessons(database: Database, session: string): void {
  inTransaction(database, () => {
    const news = readUnlearnedCalls(database, session, AT_ONCE);
    const place = readPlaceOfSession(database, session);
    const touched = new Set([
      ...deriveRuns(database, news, place),
      ...deriveFixes(
        database,
        place,
        news.flatMap((row) => numberField(row, 'at') ?? []),
      ),
    ]);
    markLearned(
      database,
      news.map(({ id }) => String(id)),
    );
    requestRefresh(database, 'failure', touched);
    if (news.length === AT_ONCE) requestRefresh(database, `lessons${WITHOUT_PACE}`, [session]);
  });
}
