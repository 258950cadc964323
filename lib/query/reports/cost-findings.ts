import { type OwnPrice, type Prices, findPrices } from '../../claude/prices.ts';
import { formatCount, formatUsd, plural } from '../../core/units.ts';
import type { Cost, CostLine } from '../cost.ts';
import type { AccountLimit } from '../limits.ts';
import { cents, type Finding, named, percent } from './finding.ts';

/** What the rules about cost look at. */
export interface CostFacts {
  readonly total: Cost;
  /** Of the time of the same length before. */
  readonly before: Cost;
  readonly models: readonly CostLine[];
  readonly sessions: readonly CostLine[];
  readonly limits: readonly AccountLimit[];
  /** The prices that the user has set. */
  readonly prices: readonly OwnPrice[];
  /** The end of the report, whose prices count. Milliseconds since the epoch. */
  readonly until: number;
}

/** Of fewer answers no mean is taken. */
const ENOUGH_ANSWERS = 50;

/** Tokens of context from which on an answer is dear, and to which a compaction can keep it. */
const LARGE_CONTEXT = 150_000;
const USUAL_CONTEXT = 100_000;

/** Share of the cached tokens of prompts that were written: a session that goes on writes few. */
const MUCH_WRITTEN = 0.3;
const USUALLY_WRITTEN = 0.1;

/** Share of the tokens of prompts that no cache had. */
const MUCH_UNCACHED = 0.2;

const DEAR_SESSION = 5;
const DEAR_SHARE = 0.3;
const MUCH_MORE = 1.5;

/** What the figures of cost say about what to change. */
export function costFindings(facts: CostFacts): readonly Finding[] {
  return [
    ...facts.limits.flatMap(limitFinding),
    ...riseFinding(facts),
    ...sessionFinding(facts),
    ...facts.models.flatMap((line) => modelFindings(line, facts)),
    ...unpricedFinding(facts.total),
  ];
}

const WINDOWS: Readonly<Record<string, string>> = { five_hour: '5 hours', seven_day: 'week' };

function limitFinding({ name, used, pace }: AccountLimit): readonly Finding[] {
  if (pace === null || pace <= 100) return [];
  return [
    {
      rule: 'limit-ahead',
      weight: 'high',
      message: `${percent(used / 100)} of the limit of the ${WINDOWS[name] ?? named(name)} is used; at this pace it will be ${percent(pace / 100)} when it resets.`,
      change: 'Move work to a smaller model, or to after the reset: `waymark status` says when.',
      saves: null,
    },
  ];
}

function riseFinding({ total, before }: CostFacts): readonly Finding[] {
  const [now, then] = [total.dollars ?? 0, before.dollars ?? 0];
  if (then < 1 || now < then * MUCH_MORE) return [];
  return [
    {
      rule: 'cost-rises',
      weight: 'medium',
      message: `Answers cost ${formatUsd(now)}, in the period before ${formatUsd(then)}.`,
      change: '`waymark cost --by session` and `--by model` show what costs more.',
      saves: null,
    },
  ];
}

function sessionFinding({ total, sessions }: CostFacts): readonly Finding[] {
  const [dearest] = sessions;
  const [dollars, all] = [dearest?.dollars ?? 0, total.dollars ?? 0];
  if (dearest == null || dollars < DEAR_SESSION || dollars < all * DEAR_SHARE) return [];
  const name = dearest.title ?? dearest.key ?? 'unknown';
  return [
    {
      rule: 'dear-session',
      weight: 'low',
      message: `One session, ${named(name)}, cost ${formatUsd(dollars)}: ${percent(dollars / all)} of all.`,
      change: `Begin a new session for a new task. See \`waymark show ${(dearest.key ?? 'last').slice(0, 8)}\`.`,
      saves: null,
    },
  ];
}

function modelFindings(line: CostLine, { prices: own, until }: CostFacts): readonly Finding[] {
  const { key: model, answers } = line;
  if (model === null || answers < ENOUGH_ANSWERS) return [];
  const prices = findPrices({ model, isFast: false, at: until, prompt: 0 }, own);
  if (prices === undefined) return [];
  return [
    ...contextFinding(model, line, prices),
    ...rewriteFinding(model, line, prices),
    ...uncachedFinding(model, line, prices),
  ];
}

function contextFinding(model: string, cost: Cost, prices: Prices): readonly Finding[] {
  const mean = promptOf(cost) / cost.answers;
  if (mean <= LARGE_CONTEXT) return [];
  const tokens = Math.round(cost.cacheRead * (1 - USUAL_CONTEXT / mean));
  return [
    {
      rule: 'large-contexts',
      weight: 'medium',
      message: `An answer of ${named(model)} had ${formatCount(Math.round(mean))} tokens of context on average.`,
      change: `Run /compact or begin a new session at about ${formatCount(USUAL_CONTEXT)} tokens.`,
      saves: { dollars: dollarsOf(tokens, prices.cacheRead), tokens },
    },
  ];
}

function rewriteFinding(model: string, cost: Cost, prices: Prices): readonly Finding[] {
  const written = cost.cacheWrite5m + cost.cacheWrite1h;
  const cached = written + cost.cacheRead;
  if (cached === 0 || written / cached <= MUCH_WRITTEN) return [];
  const tokens = Math.round(written - cached * USUALLY_WRITTEN);
  return [
    {
      rule: 'cache-rewritten',
      weight: 'medium',
      message: `${percent(written / cached)} of the cached tokens of ${named(model)} were written, not read: contexts were built again after pauses.`,
      change: 'Answer within five minutes, or begin a new session after a long pause.',
      saves: { dollars: dollarsOf(tokens, prices.cacheWrite5m - prices.cacheRead) },
    },
  ];
}

function uncachedFinding(model: string, cost: Cost, prices: Prices): readonly Finding[] {
  const share = cost.input / Math.max(1, promptOf(cost));
  if (share <= MUCH_UNCACHED) return [];
  return [
    {
      rule: 'uncached-input',
      weight: 'medium',
      message: `${percent(share)} of the tokens of prompts of ${named(model)} came from no cache.`,
      change: 'Check whether prompt caching is switched off (`DISABLE_PROMPT_CACHING`).',
      saves: { dollars: dollarsOf(cost.input, prices.input - prices.cacheRead) },
    },
  ];
}

function unpricedFinding({ unpriced }: Cost): readonly Finding[] {
  if (unpriced === 0) return [];
  return [
    {
      rule: 'unpriced-answers',
      weight: 'low',
      message: `${plural(unpriced, 'answer')} had no known price and ${unpriced === 1 ? 'is' : 'are'} left out of the sum.`,
      change: 'Set a price: `waymark config set modelPrices`. See `waymark docs cost`.',
      saves: null,
    },
  ];
}

function promptOf({ input, cacheRead, cacheWrite5m, cacheWrite1h }: Cost): number {
  return input + cacheRead + cacheWrite5m + cacheWrite1h;
}

/** @param price Dollars for a million tokens. */
function dollarsOf(tokens: number, price: number): number {
  return cents((Math.max(0, tokens) / 1_000_000) * price);
}
