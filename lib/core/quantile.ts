/** The value below which this share of `sorted` lies, as every figure of latencies is computed; `undefined` of nothing. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
