import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonObject, numberField, parseJsonObject, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';
import { createCallEvents, isAwaited, type KnownCall } from './call-events.ts';
import { parseStoredReport } from './scan/scan-report.ts';
import {
  AT_ONCE,
  readUncheckedCalls,
  markChecked,
  readProjectOfSession,
  readSessionsToCheck,
} from './table.ts';

export interface JudgeParts {
  readonly clock: () => number;
  /**
   * Stores events under their own ids; a known event changes nothing.
   * @throws {@link StoreFault}
   */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/**
 * Time that the transcript may take to contain a scanner's output. A session without a transcript
 * has no more to show.
 */
const PATIENCE_MS = 120_000;

/**
 * Creates the refresher of the kind 'security'. It checks the calls of a session that changed since
 * the last time, and stores the resulting events. Checking twice changes nothing.
 */
export function createSecurityRefresher({
  clock,
  storeAs,
}: JudgeParts): (database: Database, session: string) => void {
  // waiting calls must not block later ones
  const lastOf = new Map<string, string>();
  return (database, session) => {
    const rows = readUncheckedCalls(database, session, lastOf.get(session) ?? '');
    const project = readProjectOfSession(database, session);
    const calls = rows.map((row) => ({ row, call: callOf(row, project, clock()) }));
    const events = calls.flatMap(({ call }) => (call === undefined ? [] : createCallEvents(call)));
    if (events.length > 0) storeAs(events);
    const judged = calls.filter(({ call }) => call === undefined || !isAwaited(call));
    if (judged.length > 0)
      inTransaction(database, () => {
        for (const { row } of judged) markChecked(database, row);
      });
    lastOf.delete(session);
    if (rows.length < AT_ONCE) return;
    lastOf.set(session, String(rows.at(-1)?.['id']));
    if (judged.length > 0) requestRefresh(database, 'security', [session]);
  };
}

/** Requests another check of waiting calls. */
export function requestPendingChecks(database: Database): void {
  requestRefresh(database, 'security', readSessionsToCheck(database));
}

/** Returns the call; `undefined` if it was deleted, or if only its id is known yet. */
function callOf(row: Row, project: string | null, now: number): KnownCall | undefined {
  const tool = stringField(row, 'tool');
  const endedAt = numberField(row, 'ended_at');
  const at = endedAt ?? numberField(row, 'at');
  if (tool === undefined || at === undefined) return undefined;
  const input = noteIn(row, 'input');
  return {
    toolUseId: String(row['id']),
    session: String(row['session_id']),
    agentId: text(row, 'agent_id'),
    project,
    tool,
    target: stringField(row, 'target') ?? '',
    at,
    outcome: stringField(row, 'outcome') ?? 'running',
    error: text(row, 'error'),
    isSettled:
      row['transcript_outcome'] !== null ||
      (endedAt !== undefined && Math.abs(now - endedAt) > PATIENCE_MS),
    risks: textsIn(input, 'risks'),
    secrets: textsIn(input, 'secrets'),
    report: parseStoredReport(noteIn(row, 'result')),
  };
}

function noteIn(row: Row, name: string): JsonObject {
  return parseJsonObject(stringField(row, name) ?? '{}') ?? {};
}

function textsIn(note: JsonObject, name: string): readonly string[] {
  const list = note[name];
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

function text(row: Row, name: string): string | null {
  return stringField(row, name) ?? null;
}
