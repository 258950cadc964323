/**
 * Parses the percentages in the setting: ascending, without duplicates. Invalid entries are
 * ignored.
 */
export function parseThresholds(entries: readonly string[]): readonly number[] {
  return [...new Set(entries.map(Number).filter((percent) => percent > 0 && percent <= 100))].sort(
    (one, other) => one - other,
  );
}

export interface CrossingFacts {
  readonly thresholds: readonly number[];
  /** The current figure. */
  readonly percent: number | null;
  /**
   * The figure right after the compaction that began this epoch, if there was one. Thresholds below
   * it are not crossings.
   */
  readonly percentAtStart: number | null;
  /** Thresholds already crossed in this epoch. */
  readonly crossed: readonly number[];
}

/** Returns the thresholds that were crossed just now, ascending. */
export function findNewCrossings({
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

/** Returns the threshold from which a context needs action: the second one, or the only one. */
export function chooseCareThreshold(thresholds: readonly number[]): number {
  return thresholds[1] ?? thresholds[0] ?? 100;
}
