import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { replaceRows } from '../../store/derived-rows.ts';
import { AT_ONCE as WITHOUT_PACE, requestRefresh } from '../../store/refreshes.ts';
import { applyWrites } from '../../store/sink.ts';
import { storedEvent } from '../../store/stored-event.ts';
import { inTransaction } from '../../store/transaction.ts';
import { deriveFixes } from './derive-fixes.ts';
import { deriveRuns, failedRows } from './derive-runs.ts';
import { failedCommand } from './failed-command.ts';
import { commandsTouchedBy } from './table-fixes.ts';
import { keysKnownToFail } from './table-patterns.ts';
import {
  learnAgainFrom,
  markLearned,
  placeOfSession,
  RUNS,
  runsOfCalls,
  unlearnedCalls,
} from './table-runs.ts';

/** Operations that are learned from at one turn. */
const AT_ONCE = 200;

/**
 * The 'failed-call' refresher; its key is a `task.failed`. Keeps the run that failed and the pattern that it shows.
 * What a hook saw replaces what the transcript has of the same call. Learning twice changes nothing.
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
  const { run, pattern } = failedRows({ place, tool, command, error, source }, found);
  inTransaction(database, () => {
    const { key } = found.shape;
    const isNew = keysKnownToFail(database, [key]).size === 0;
    const known = toolUseId === undefined ? [] : runsOfCalls(database, [toolUseId]);
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
      [...new Set([key, ...before])].flatMap((one) => commandsTouchedBy(database, one)),
    );
    if (session === null) return;
    if (isNew) learnAgainFrom(database, session, at); // successes before the first failure of a command were of no use then
    requestRefresh(database, 'lessons', [session]);
  });
}

/**
 * The 'lessons' refresher: derives from the operations of a session that changed since the last time which commands went well that are known to fail,
 * which calls Claude Code refused because they cannot work, and what helped after a failure. Deriving twice changes nothing. A long session is learned
 * from in turns.
 */
export function learnLessons(database: Database, session: string): void {
  inTransaction(database, () => {
    const news = unlearnedCalls(database, session, AT_ONCE);
    const place = placeOfSession(database, session);
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
