import { DAY_MS, isoTime } from '../core/clock.ts';
import {
  chooseAdvice,
  ENOUGH_RUNS,
  LOOK_BACK_MS,
  type RatedRun,
  type RoutingFigures,
  computeRoutingFigures,
} from '../features/routing/advice.ts';
import { readRatedRuns } from '../features/routing/table.ts';
import type { Database } from '../store/database.ts';

/** Runs of one span of time. */
export interface RoutingSpan {
  readonly runs: number;
  /** 0 to 1; `null` without runs. */
  readonly successRate: number | null;
  readonly tokens: number | null;
  readonly durationMs: number | null;
}

/** How one kind of agent with one model does at one kind of task. */
export interface RoutingLine extends Omit<RoutingFigures, 'lastAt'> {
  readonly lastAt: string;
  readonly last7Days: RoutingSpan;
  readonly last30Days: RoutingSpan;
}

/** What is advised for a kind of task; no agent: why not. */
export interface RoutingAdvice {
  readonly kind: string;
  readonly agentType: string | null;
  readonly model: string | null;
  readonly confidence: number | null;
  readonly reason: string;
}

/** What `routing --json` shows. Field names are a contract. */
export interface RoutingReport {
  readonly agents: readonly RoutingLine[];
  readonly advice: readonly RoutingAdvice[];
}

/** How agent runs of the last 90 days did. */
export async function readRouting(database: Database, now: number): Promise<RoutingReport> {
  const runs = readRatedRuns(database, now - LOOK_BACK_MS);
  const figures = computeRoutingFigures(runs, now);
  const [week, month] = [7, 30].map((days) =>
    computeRoutingFigures(since(runs, now - days * DAY_MS), now),
  );
  const agents = figures.map((line) => ({
    ...line,
    lastAt: isoTime(line.lastAt),
    last7Days: spanOf(line, week ?? []),
    last30Days: spanOf(line, month ?? []),
  }));
  return {
    agents,
    advice: [...new Set(figures.map(({ kind }) => kind))].map((kind) => adviceOf(kind, figures)),
  };
}

function since(runs: readonly RatedRun[], from: number): readonly RatedRun[] {
  return runs.filter(({ at }) => at >= from);
}

function spanOf(line: RoutingFigures, figures: readonly RoutingFigures[]): RoutingSpan {
  const found = figures.find(
    (one) => one.kind === line.kind && one.agentType === line.agentType && one.model === line.model,
  );
  if (found === undefined) return { runs: 0, successRate: null, tokens: null, durationMs: null };
  const { runs, successRate, tokens, durationMs } = found;
  return { runs, successRate, tokens, durationMs };
}

function adviceOf(kind: string, figures: readonly RoutingFigures[]): RoutingAdvice {
  const advice = chooseAdvice(kind, figures);
  if (advice !== undefined) {
    const { agentType, model, confidence } = advice;
    return {
      kind,
      agentType,
      model,
      confidence,
      reason: 'cheapest of those that are about as good as the best',
    };
  }
  const reason = `fewer than two kinds of agent or model have run ${ENOUGH_RUNS} times`;
  return { kind, agentType: null, model: null, confidence: null, reason };
}
