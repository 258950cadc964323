/** The words of scanners, in ours. */
const WORDS: Readonly<Record<string, string>> = {
  critical: 'critical',
  high: 'high',
  error: 'high',
  moderate: 'medium',
  medium: 'medium',
  warning: 'medium',
  low: 'low',
  info: 'low',
  note: 'low',
  negligible: 'low',
};

/** A scanner's word for how bad something is, as `critical`, `high`, `medium` or `low`; `undefined` for a word that says nothing. */
export function severityWord(word: string | undefined): string | undefined {
  const lower = (word ?? '').toLowerCase();
  return Object.hasOwn(WORDS, lower) ? WORDS[lower] : undefined;
}

/** The counts in a text such as `2 moderate, 4 high` or `LOW: 5, HIGH: 2`, by our words; none that are zero. */
export function severityCounts(text: string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const [, before, word, after] of text.matchAll(
    /(?:(\d{1,7})\s+)?\b(critical|high|moderate|medium|low|info)\b(?::\s*(\d{1,7}))?/gi,
  )) {
    const count = Number(before ?? after ?? 0);
    const name = severityWord(word);
    if (name !== undefined && count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}

/** How often each severity stands in a list. */
export function countSeverities(
  severities: ReadonlyArray<string | undefined>,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of severities)
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}
