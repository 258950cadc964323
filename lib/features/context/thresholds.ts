/** The percentages in the setting, ascending, each once; what is none is left out. */
export function parseThresholds(entries: readonly string[]): readonly number[] {
  return [...new Set(entries.map(Number).filter((percent) => percent > 0 && percent <= 100))].sort(
    (one, other) => one - other,
  );
}

export interface CrossingFacts {
  readonly thresholds: readonly number[];
  /** Now. */
  readonly percent: number | null;
  /** Right after the compaction that began this epoch, if there was one: what was passed already is no crossing. */
  readonly percentAtStart: number | null;
  /** Known for this epoch. */
  readonly crossed: readonly number[];
}

/** The thresholds that were crossed just now, ascending. */
export function newCrossings({
  thresholds,
  percent,
  percentAtStart,
  crossed,
}: CrossingFacts): readonly number[] {
  if (percent === null) return [];
  return thresholds.filter(
    (threshold) =>
      threshold <= percent &&
      (percentAtStart === null || threshold > percentAtStart) &&
      !crossed.includes(threshold),
  );
}

/** The threshold from which on a context needs care: the second, or the only one. */
export function careThreshold(thresholds: readonly number[]): number {
  return thresholds[1] ?? thresholds[0] ?? 100;
}
