/**
 * Returns the known word that a mistyped one most likely means, or `undefined` if none is close.
 */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  return findNearestFew(word, known, 1)[0];
}

/** Returns the known words that a mistyped one may mean, the most likely first, at most `most`. */
export function findNearestFew(
  word: string,
  known: readonly string[],
  most: number,
): readonly string[] {
  // `foo` does not mean `log`.
  const far = word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return known
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= far)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Returns `Did you mean X?`, or an empty text. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = findNearest(word, known);
  return found === undefined ? '' : `; did you mean ${found}?`;
}

function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      current[j] = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replaced);
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
