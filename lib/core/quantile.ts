/**
 * Returns the value below which this share of `sorted` lies. All latency figures use it.
 * `undefined` for an empty list.
 */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
