/**
 * Returns the name of the file, in a session's throttle folder, that marks a threshold as announced
 * to Claude. After a compaction, the name is different.
 */
export function warnedMarkName(epoch: number, threshold: number): string {
  return `said-context-${epoch}-${threshold}`;
}
