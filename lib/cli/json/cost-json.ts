import type { CostLine, CostReport } from '../../query/cost.ts';

/** A row of `cost --json`. Field names are a contract. */
export interface CostJson {
  readonly key: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Written to the cache for 5 minutes or an hour, together. */
  readonly cacheWriteTokens: number;
  readonly cacheReadTokens: number;
  /** Dollars of the answers that have a price. */
  readonly cost: number;
  /** Models whose answers are in the tokens and not in the cost. */
  readonly unpricedModels: readonly string[];
  readonly answers: number;
  readonly unpricedAnswers: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly webSearches: number;
  /** Of a session. */
  readonly title?: string | null;
  readonly project?: string | null;
}

/** What `cost --json` prints: a list, in the order of the table. */
export function formatCostAsJson({ lines }: CostReport): readonly CostJson[] {
  return lines.map(formatLine);
}

function formatLine(line: CostLine): CostJson {
  const { key, title, project } = line;
  return {
    key,
    ...{ inputTokens: line.input, outputTokens: line.output },
    cacheWriteTokens: line.cacheWrite5m + line.cacheWrite1h,
    ...{ cacheReadTokens: line.cacheRead, cost: line.dollars ?? 0 },
    unpricedModels: line.unpricedModels,
    ...{ answers: line.answers, unpricedAnswers: line.unpriced },
    ...{ cacheWrite5mTokens: line.cacheWrite5m, cacheWrite1hTokens: line.cacheWrite1h },
    webSearches: line.webSearches,
    ...(title === undefined ? {} : { title }),
    ...(project === undefined ? {} : { project }),
  };
}
