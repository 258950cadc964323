import type { EventHead } from '../../query/new-events.ts';

/** Filters of the page Events, as they are in its address and in the question to the server. */
export const FILTER_NAMES = ['type', 'source', 'correlation', 'session'] as const;

export type FilterName = (typeof FILTER_NAMES)[number];

export type PageFilter = Readonly<Partial<Record<FilterName, string>>>;

/** Filters that the address sets. */
export function filterIn(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    FILTER_NAMES.flatMap((name) => {
      const value = query.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );
}

/** Whether an event that came live fits, by the same rules as the server's. */
export function fitsFilter(event: EventHead, filter: PageFilter): boolean {
  const { type, source, correlation, session } = filter;
  return (
    (type === undefined || isLike(event.type, type)) &&
    (source === undefined || isLike(event.source, source)) &&
    (correlation === undefined || event.correlation === correlation) &&
    (session === undefined || event.session === session)
  );
}

/** A pattern with `*` and `?`. Compared step by step: a pattern of many stars stays cheap. */
function isLike(text: string, pattern: string): boolean {
  let [at, inPattern, star, mark] = [0, 0, -1, 0];
  while (at < text.length) {
    const sign = pattern[inPattern];
    if (sign === '*') {
      star = inPattern;
      mark = at;
      inPattern += 1;
    } else if (sign === '?' || sign === text[at]) {
      at += 1;
      inPattern += 1;
    } else if (star !== -1) {
      mark += 1;
      at = mark;
      inPattern = star + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
