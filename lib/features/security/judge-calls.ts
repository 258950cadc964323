import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonObject, numberField, parseJsonObject, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { callEvents, isAwaited, type KnownCall } from './call-events.ts';
import { scanReportIn } from './scan/scan-report.ts';
import { AT_ONCE, callsToJudge, markJudged, projectOf, sessionsToJudge } from './table.ts';

export interface JudgeParts {
  readonly clock: () => number;
  /** Stores events under their own ids; one that is known changes nothing. @throws {@link StoreFault} */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/** So long the transcript may take to show what a scanner printed; a session without a transcript shows nothing more. */
const PATIENCE_MS = 120_000;

/**
 * The 'security' refresher: looks at the calls of a session that changed since the last time, and stores what follows from them. Looking twice changes nothing.
 */
export function judgeCalls({
  clock,
  storeAs,
}: JudgeParts): (database: Database, session: string) => void {
  const lastOf = new Map<string, string>(); // calls that are waited for must not hold up those behind them
  return (database, session) => {
    const rows = callsToJudge(database, session, lastOf.get(session) ?? '');
    const project = projectOf(database, session);
    const calls = rows.map((row) => ({ row, call: callOf(row, project, clock()) }));
    const events = calls.flatMap(({ call }) => (call === undefined ? [] : callEvents(call)));
    if (events.length > 0) storeAs(events);
    let judged = 0;
    for (const { row, call } of calls) {
      if (call !== undefined && isAwaited(call)) continue;
      judged += 1;
      markJudged(database, row);
    }
    lastOf.delete(session);
    if (rows.length < AT_ONCE) return;
    lastOf.set(session, String(rows.at(-1)?.['id']));
    if (judged > 0) requestRefresh(database, 'security', [session]);
  };
}

/** Asks for another look at calls that were waited for. */
export function lookAgain(database: Database): void {
  requestRefresh(database, 'security', sessionsToJudge(database));
}

/** `undefined` for a call that the store has forgotten, or of which nothing is known yet but an id. */
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
    report: scanReportIn(noteIn(row, 'result')),
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
