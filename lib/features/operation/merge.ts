import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { HookOutcome, OperationRow } from './operation-row.ts';

/** A call as a Post hook saw it. */
export interface HookCall {
  readonly sessionId: string;
  readonly agentId: string | null;
  readonly tool: string | null;
  readonly target: string | null;
  readonly outcome: HookOutcome;
  readonly error: string | null;
  /** When the hook ran. */
  readonly at: number;
}

export type CallFact = Extract<TranscriptFact, { kind: 'call' | 'result' }>;

/** Where a transcript fact was found. */
export interface FactPlace {
  readonly sessionId: string;
  readonly agentId: string | null;
  /** Whether the session that already has the row began before this one. */
  readonly isYounger: (otherSession: string) => boolean;
}

/**
 * The row with what a hook saw added. A hook knows whose call it was, so its word on session, agent, tool and target stands.
 * Any order of hooks and transcript facts gives the same row.
 */
export function withHookCall(
  toolUseId: string,
  known: OperationRow | undefined,
  call: HookCall,
): OperationRow {
  const row = known ?? emptyRow(toolUseId, call.sessionId, call.agentId);
  return {
    ...row,
    sessionId: call.sessionId,
    agentId: call.agentId,
    tool: call.tool ?? row.tool,
    target: call.target ?? row.target,
    endedAt: row.transcriptOutcome === null ? least(row.endedAt, call.at) : row.endedAt, // the transcript's time is the call's own
    hookOutcome: row.hookOutcome === 'failed' ? 'failed' : call.outcome,
    error: call.error ?? row.error,
  };
}

/** The row with a transcript fact added; what a hook said stands. */
export function withFact(
  known: OperationRow | undefined,
  fact: CallFact,
  place: FactPlace,
): OperationRow {
  const row = ownedBy(known ?? emptyRow(fact.toolUseId, place.sessionId, place.agentId), place);
  const isHooked = row.hookOutcome !== null;
  if (fact.kind === 'call') {
    return {
      ...row,
      tool: isHooked ? (row.tool ?? fact.tool) : fact.tool,
      target: isHooked ? (row.target ?? fact.target) : fact.target,
      at: least(row.at, fact.at),
    };
  }
  const error = fact.error ?? null;
  const isFirst = row.transcriptOutcome === null || fact.outcome < row.transcriptOutcome; // two results of one call: the same choice in any order
  return {
    ...row,
    transcriptOutcome: isFirst ? fact.outcome : row.transcriptOutcome,
    endedAt: row.transcriptOutcome === null ? fact.at : least(row.endedAt, fact.at),
    error: isHooked ? (row.error ?? error) : isFirst ? error : row.error,
  };
}

/**
 * Agents and forks may hold copies of calls that are not theirs, never the other way round:
 * the main chain goes before an agent, the older session before the younger.
 */
function ownedBy(row: OperationRow, place: FactPlace): OperationRow {
  if (row.hookOutcome !== null) return row;
  if (row.sessionId !== place.sessionId)
    return place.isYounger(row.sessionId)
      ? row
      : { ...row, sessionId: place.sessionId, agentId: place.agentId };
  if (row.agentId === place.agentId) return row;
  const isMain = row.agentId === null || place.agentId === null;
  return { ...row, agentId: isMain ? null : ([row.agentId, place.agentId].sort()[0] ?? null) };
}

function emptyRow(toolUseId: string, sessionId: string, agentId: string | null): OperationRow {
  return {
    toolUseId,
    sessionId,
    agentId,
    tool: null,
    target: null,
    at: null,
    endedAt: null,
    hookOutcome: null,
    transcriptOutcome: null,
    error: null,
  };
}

function least(one: number | null, other: number): number {
  return one === null ? other : Math.min(one, other);
}
