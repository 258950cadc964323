import { isJsonObject, type JsonObject, numberField } from '../../core/json.ts';

/** The file in a session's throttle folder that marks a threshold as announced to Claude; after a compaction it is another one. */
export function saidMark(epoch: number, threshold: number): string {
  return `said-context-${epoch}-${threshold}`;
}

/** The highest threshold in a view that was crossed and is still passed: the only one worth saying. */
export function highestCrossed(view: JsonObject): number | undefined {
  const percent = numberField(view, 'percent');
  const crossed = Array.isArray(view['crossed']) ? view['crossed'].filter(isJsonObject) : [];
  if (percent === undefined) return undefined;
  const passed = crossed
    .flatMap((crossing) => numberField(crossing, 'percent') ?? [])
    .filter((threshold) => threshold <= percent);
  return passed.length === 0 ? undefined : Math.max(...passed);
}
