import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, SqlValue } from '../../store/database.ts';
import { adviceFor, LOOK_BACK_MS, type RoutingFigures, routingFigures } from './advice.ts';
import { type AgentRun, agentRunsOf } from './agent-run.ts';
import { adviceRows, ratedRuns, replaceRuns, storedRuns } from './table.ts';

export interface LearnParts {
  readonly clock: () => number;
  /** Stores events of the worker's own at once, past the queue. @throws {@link StoreFault} */
  readonly store: (drafts: readonly EventDraft[]) => void;
}

/**
 * The 'routing' refresher: makes the agent runs of a session again from what the store knows of it, and says so when other agents are advised by that.
 * An empty key looks at the advice alone. It reads the store as it is, so neither order nor repetition matters.
 */
export function routingRefresher({
  clock,
  store,
}: LearnParts): (database: Database, session: string) => void {
  return (database, session) => {
    if (session !== '' && !keepRuns(database, session)) return;
    const news = adviceNews(database, clock());
    if (news.length > 0) store(news);
  };
}

/** @returns whether anything changed. */
function keepRuns(database: Database, session: string): boolean {
  const rows = agentRunsOf(database, session).map((run) => valuesOf(run, session));
  const known = storedRuns(database, session);
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

/** The event is what remembers the advice: see the effect of `learning.model_updated`. */
function adviceNews(database: Database, now: number): readonly EventDraft[] {
  const figures = routingFigures(ratedRuns(database, now - LOOK_BACK_MS), now);
  const said = new Map(adviceRows(database).map((row) => [String(row['kind']), row]));
  const kinds = new Set([...figures.map(({ kind }) => kind), ...said.keys()]);
  return [...kinds].flatMap((kind) => {
    const before = said.get(kind) ?? {};
    const advice = adviceFor(kind, figures);
    const isSame =
      stringField(before, 'agent_type') === advice?.agentType &&
      stringField(before, 'model') === advice?.model;
    const isAhead = (numberField(before, 'at') ?? 0) >= now; // of a clock that stepped back: what is said now would not be kept, and said for ever
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
