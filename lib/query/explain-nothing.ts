import type { StateFolder } from '../core/state-folder.ts';
import { splitAsk } from '../search/parse-query.ts';
import { searchSessions } from './search.ts';
import type { SearchOptions } from './search-hit.ts';

/** A word, phrase or beginning of what was asked, as it was typed. */
export interface AskedPart {
  readonly text: string;
  /** Places that have it, at most 5,000. */
  readonly places: number;
}

/** What other searches would find than one that found nothing. */
export interface NothingFound {
  /** Places with all of the words, without the limits of the search; 0 where it had none. */
  readonly withoutLimits: number;
  /** Words that begin so, where they are found; `undefined` where they are not. */
  readonly beginnings: { readonly words: string; readonly places: number } | undefined;
  /** Each part alone; empty where there is one, or too many. */
  readonly parts: readonly AskedPart[];
}

/** Each part costs a search. */
const MAX_PARTS = 6;

/**
 * Looks for what a search that found nothing would have found without its limits, with fewer words,
 * or with beginnings of words.
 */
export async function explainNothing(
  folder: StateFolder,
  words: string,
  options: SearchOptions,
): Promise<NothingFound> {
  const { now } = options;
  const count = async (text: string, limits: SearchOptions): Promise<number> => {
    const { hits, matches } = await searchSessions(folder, text, { ...limits, limit: 1 });
    return hits.length === 0 ? 0 : Math.max(1, matches);
  };
  const withoutLimits = isLimited(options) ? await count(words, { now, limit: 1 }) : 0;
  if (withoutLimits > 0) return { withoutLimits, beginnings: undefined, parts: [] };
  const typed = splitAsk(words).slice(0, MAX_PARTS + 1);
  const parts: AskedPart[] = [];
  if (typed.length > 1 && typed.length <= MAX_PARTS)
    for (const text of typed) parts.push({ text, places: await count(text, options) });
  const open = typed.map((text) => (text.endsWith('*') ? text : `${text}*`)).join(' ');
  const found = typed.length > MAX_PARTS ? 0 : await count(open, options);
  const beginnings = found > 0 ? { words: open, places: found } : undefined;
  return { withoutLimits, beginnings, parts };
}

function isLimited({ scopes, project, since, failedOnly, session, tag }: SearchOptions): boolean {
  return [scopes, project, since, failedOnly, session, tag].some((limit) => limit !== undefined);
}
