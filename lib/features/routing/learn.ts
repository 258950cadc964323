import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, SqlValue } from '../../store/database.ts';
import {
  chooseAdvice,
  LOOK_BACK_MS,
  type RoutingFigures,
  computeRoutingFigures,
} from './advice.ts';
import { type AgentRun, readAgentRuns } from './agent-run.ts';
import { readAdvice, readRatedRuns, replaceRuns, readStoredRuns } from './table.ts';

export interface LearnParts {
  readonly clock: () => number;
  /**
   * Stores the worker's own events immediately, without the queue.
   * @throws {@link StoreFault}
   */
  readonly store: (drafts: readonly EventDraft[]) => void;
}

/**
 * Creates the refresher of the kind 'routing'. It computes the agent runs of a session again, and
 * emits an event if the advice changes. An empty key only updates the advice. It depends only on
 * the store, so order and repetition do not matter.
 */
export function createRoutingRefresher({
  clock,
  store,
}: LearnParts): (database: Database, session: string) => void {
  return (database, session) => {
    if (session !== '' && !keepRuns(database, session)) return;
    const news = adviceNews(database, clock());
    if (news.length > 0) store(news);
  };
}

/**
 * Stores the agent runs of a session.
 * @returns whether anything changed.
 */
function keepRuns(database: Database, session: string): boolean {
  const rows = readAgentRuns(database, session).map((run) => valuesOf(run, session));
  const known = readStoredRuns(database, session);
  if (JSON.stringify(rows) === JSON.stringify(known)) return false;
  replaceRuns(database, session, rows);
  return true;
}

/** In the order of the columns of `agent_runs`. */
function valuesOf(run: AgentRun, session: string): readonly SqlValue[] {
  return [
    ...[run.toolUseId, session, run.agentId, run.agentType, run.model, run.kind],
    ...[run.at, run.endedAt, run.outcome, run.tokens, run.durationMs, run.toolUses],
  ];
}

/** The event itself stores the advice: see the effect of `learning.model_updated`. */
function adviceNews(database: Database, now: number): readonly EventDraft[] {
  const figures = computeRoutingFigures(readRatedRuns(database, now - LOOK_BACK_MS), now);
  const said = new Map(readAdvice(database).map((row) => [String(row['kind']), row]));
  const kinds = new Set([...figures.map(({ kind }) => kind), ...said.keys()]);
  return [...kinds].flatMap((kind) => {
    const before = said.get(kind) ?? {};
    const advice = chooseAdvice(kind, figures);
    const isSame =
      stringField(before, 'agent_type') === advice?.agentType &&
      stringField(before, 'model') === advice?.model;
    // the clock went back: new advice would not be stored, and would be emitted again and again
    const isAhead = (numberField(before, 'at') ?? 0) >= now;
    return isSame || isAhead ? [] : [draft(kind, advice)];
  });
}

function draft(kind: string, advice: RoutingFigures | undefined): EventDraft {
  const fields =
    advice === undefined
      ? {}
      : {
          agent_type: advice.agentType,
          agent_model: advice.model,
          runs: advice.runs,
          success_rate: Math.round(advice.successRate * 1000) / 1000,
          tokens: advice.tokens ?? 0,
          confidence: advice.confidence,
        };
  return {
    type: 'learning.model_updated',
    priority: PRIORITY.bulk,
    payload: { model: 'routing', kind, ...fields },
  };
}
