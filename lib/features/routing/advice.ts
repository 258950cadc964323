import { DAY_MS } from '../../core/clock.ts';
import { groupBy } from '../../core/group-by.ts';
import { estimateModelWeight } from '../../claude/model-name.ts';

/** A finished run, successful or not. */
export interface RatedRun {
  readonly kind: string;
  readonly agentType: string;
  readonly model: string;
  readonly at: number;
  readonly isOk: boolean;
  readonly tokens: number | null;
  readonly durationMs: number | null;
}

/** Figures for one kind of agent with one model at one kind of task. */
export interface RoutingFigures {
  readonly kind: string;
  readonly agentType: string;
  readonly model: string;
  readonly runs: number;
  readonly ok: number;
  readonly failed: number;
  /** 0 to 1. */
  readonly successRate: number;
  /** Means; `null` where no run reported the figure. */
  readonly tokens: number | null;
  readonly durationMs: number | null;
  /** 0 to 1: rises with the number of runs, and falls as they get older. */
  readonly confidence: number;
  /** Of the latest run, milliseconds since the epoch. */
  readonly lastAt: number;
}

/** What runs of one kind of agent with one model at one kind of task add up to. */
export interface RunSums extends Pick<RatedRun, 'kind' | 'agentType' | 'model'> {
  readonly runs: number;
  readonly ok: number;
  /** Of the runs that reported tokens, and how many these are. */
  readonly tokens: number;
  readonly tokenRuns: number;
  readonly durationMs: number;
  readonly durationRuns: number;
  /** See {@link weighRuns}. */
  readonly weight: number;
  readonly lastAt: number;
}

/** Older runs say nothing about today's models. */
export const LOOK_BACK_MS = 90 * DAY_MS;

/** Minimum number of runs for a meaningful rate. */
export const ENOUGH_RUNS = 5;

/** Rates that differ by less count as equal. */
const SAME_RATE = 0.05;

const HALF_LIFE_MS = 30 * DAY_MS;

/** Number of fresh runs for a confidence of 50 %. */
const HALF_SURE = 5;

/** Sums up runs by kind of task, agent and model; within a kind, the one with most runs first. */
export function computeRoutingFigures(
  runs: readonly RatedRun[],
  now: number,
): readonly RoutingFigures[] {
  const groups = groupBy(runs, (run) => JSON.stringify([run.kind, run.agentType, run.model]));
  return figuresOfSums(
    [...groups.values()].flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [{ ...first, ...sumsOf(group, now) }];
    }),
  );
}

/** The figures of sums, of which each kind of task, agent and model has one. */
export function figuresOfSums(sums: readonly RunSums[]): readonly RoutingFigures[] {
  return sums.map(figuresOf).sort(byKind);
}

/** What runs count for: a fresh one is 1, and loses half of that in 30 days. */
export function weighRuns(count: number, ageMs: number): number {
  return count * 0.5 ** (Math.max(0, ageMs) / HALF_LIFE_MS);
}

/**
 * Returns the cheapest of those that are about as good as the best; `undefined` if fewer than two
 * have enough runs to compare.
 */
export function chooseAdvice(
  kind: string,
  figures: readonly RoutingFigures[],
): RoutingFigures | undefined {
  const tried = figures.filter((one) => one.kind === kind && one.runs >= ENOUGH_RUNS);
  if (tried.length < 2) return undefined;
  const best = Math.max(...tried.map(({ successRate }) => successRate));
  const good = tried.filter(
    ({ successRate, tokens }) => successRate >= best - SAME_RATE && tokens !== null,
  );
  return good.sort(
    (one, other) =>
      costOf(one) - costOf(other) ||
      (one.durationMs ?? 0) - (other.durationMs ?? 0) ||
      compareNames(one, other),
  )[0];
}

type Sums = Omit<RunSums, 'kind' | 'agentType' | 'model'>;

function sumsOf(group: readonly RatedRun[], now: number): Sums {
  const tokens = group.flatMap((run) => run.tokens ?? []);
  const durations = group.flatMap((run) => run.durationMs ?? []);
  return {
    runs: group.length,
    ok: group.filter(({ isOk }) => isOk).length,
    ...{ tokens: sum(tokens), tokenRuns: tokens.length },
    ...{ durationMs: sum(durations), durationRuns: durations.length },
    weight: sum(group.map(({ at }) => weighRuns(1, now - at))),
    lastAt: group.reduce((last, { at }) => Math.max(last, at), 0),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function figuresOf({ kind, agentType, model, runs, ok, weight, lastAt, ...sums }: RunSums) {
  return {
    ...{ kind, agentType, model, runs, ok },
    ...{ failed: runs - ok, successRate: ok / runs },
    tokens: sums.tokenRuns === 0 ? null : Math.round(sums.tokens / sums.tokenRuns),
    durationMs: sums.durationRuns === 0 ? null : Math.round(sums.durationMs / sums.durationRuns),
    confidence: Math.round((100 * weight) / (weight + HALF_SURE)) / 100,
    lastAt,
  };
}

function costOf({ tokens, model }: RoutingFigures): number {
  return (tokens ?? Number.POSITIVE_INFINITY) * estimateModelWeight(model);
}

function byKind(one: RoutingFigures, other: RoutingFigures): number {
  return compare(one.kind, other.kind) || other.runs - one.runs || compareNames(one, other);
}

function compareNames(one: RoutingFigures, other: RoutingFigures): number {
  return compare(one.agentType, other.agentType) || compare(one.model, other.model);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
