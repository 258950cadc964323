import { BOUND_TO_US, findPrices, LONG_PROMPTS, WEB_SEARCH } from '../../lib/claude/prices.ts';
import type { CostGroup } from '../../lib/query/cost-groups.ts';
import type { CostFilter } from '../../lib/query/cost-rows.ts';
import type { Row } from '../../lib/store/database.ts';

/** What groups add up to for a key, a model and a tier. */
interface Counted {
  answers: number;
  tokens: number;
  webSearches: number;
  dollars: number | null;
}

const USUAL = ['standard', 'standard_only', 'auto'];

/** Adds up answers one by one, without SQL. @param keyOf What `by` says of an answer. */
export function countCost(
  answers: readonly Row[],
  { since, until, sessions, agentsOnly }: CostFilter,
  keyOf: (answer: Row) => unknown,
): ReadonlyMap<string, Counted> {
  const wanted = answers.filter(({ at, session_id: session, agent_id: agent }) => {
    const time = typeof at === 'number' ? at : undefined;
    const isInTime =
      (since === undefined || (time !== undefined && time >= since)) &&
      (until === undefined || (time !== undefined && time < until));
    const isOfThese = sessions === undefined || sessions.includes(String(session));
    return isInTime && isOfThese && (agentsOnly !== true || agent !== null);
  });
  const counted = new Map<string, Counted>();
  for (const answer of wanted) {
    const { model = null, speed, tier } = answer;
    const isUsual = tier === null || USUAL.includes(String(tier));
    const name = JSON.stringify([keyOf(answer), model, speed === 'fast', isUsual ? null : tier]);
    const number = (column: string): number => Number(answer[column] ?? 0);
    add(counted, name, {
      answers: 1,
      tokens: number('input') + number('output') + number('cache_read'),
      webSearches: number('web_searches'),
      dollars: isUsual ? dollarsOf(answer) : null,
    });
  }
  return counted;
}

/** The same of groups. */
export function countGroups(groups: readonly CostGroup[]): ReadonlyMap<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const { key, model, isFast, tier, answers, webSearches, dollars, ...group } of groups)
    add(counted, JSON.stringify([key, model, isFast, tier]), {
      ...{ answers, webSearches, dollars },
      tokens: group.input + group.output + group.cacheRead,
    });
  return counted;
}

function add(to: Map<string, Counted>, name: string, one: Counted): void {
  const known = to.get(name) ?? { answers: 0, tokens: 0, webSearches: 0, dollars: null };
  to.set(name, known);
  known.answers += one.answers;
  known.tokens += one.tokens;
  known.webSearches += one.webSearches;
  if (one.dollars === null) return;
  known.dollars = Math.round(((known.dollars ?? 0) + one.dollars) * 1e9) / 1e9;
}

function dollarsOf(answer: Row): number | null {
  const number = (column: string): number => Number(answer[column] ?? 0);
  const prompt = number('input') + number('cache_read');
  if (typeof answer['model'] !== 'string') return null;
  const { model } = answer;
  const isFast = answer['speed'] === 'fast';
  // prices of the list change at its limits alone
  const limit = LONG_PROMPTS.findLast((one) => prompt > one);
  const prices = findPrices(
    { model, isFast, at: number('at'), prompt: limit === undefined ? 0 : limit + 1 },
    [],
  );
  if (prices === undefined) return null;
  const tokens =
    number('input') * prices.input +
    number('output') * prices.output +
    number('cache_read') * prices.cacheRead;
  const place = answer['geo'] === 'us' ? BOUND_TO_US : 1;
  return (tokens / 1_000_000) * place + number('web_searches') * WEB_SEARCH;
}
