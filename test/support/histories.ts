/**
 * How many histories of git a property test tries. Each starts hundreds of processes, and those of
 * `npm test` are the same in every run: other ones come from `npm run test:properties`.
 */
export function historiesByLength(runs: {
  readonly usual: number;
  /** Of `npm run test:properties`. */
  readonly newCases: number;
  /** Of the long fault tests. */
  readonly long: number;
}): number {
  if (process.env['WAYMARK_FAULT_LONG'] !== undefined) return runs.long;
  return process.env['WAYMARK_NEW_CASES'] === undefined ? runs.usual : runs.newCases;
}
