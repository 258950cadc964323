/** Fewest characters of an id that are shown. */
const SHORTEST = 8;

/**
 * The beginnings of ids, all of one length: the shortest that tells them apart, from eight
 * characters on.
 */
export function shortenIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const different = new Set(ids);
  const longest = Math.max(SHORTEST, ...ids.map((id) => id.length));
  let length = SHORTEST;
  const heads = (): number => new Set([...different].map((id) => id.slice(0, length))).size;
  while (length < longest && heads() < different.size) length += 1;
  return new Map(ids.map((id) => [id, id.slice(0, length)]));
}

/** An id of a pattern without `pat_`, which may be left out wherever such an id is taken. */
export function shortPatternId(id: string): string {
  return id.replace(/^pat_/, '');
}
