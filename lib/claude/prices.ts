import { parseModelId } from './model-name.ts';
import { findLongestMatch } from './model-windows.ts';

/** The day on which the table was last held against its sources, as `cost --json` states it. */
export const PRICES_AS_OF = '2026-11-29';

/** Dollars for a million tokens of each kind. */
export interface Prices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written to the cache for five minutes, and for an hour. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/** The prices of one model from a day on. */
interface PriceRow {
  readonly family: string;
  readonly version: readonly [major: number, minor: number];
  /** The first day, UTC; left out: since the model exists. */
  readonly from?: string;
  readonly standard: Prices;
  /** In fast mode; left out: no price is known. */
  readonly fast?: Prices;
  /**
   * Where the prompt (input, cache read and written) has more tokens than this, all tokens of the
   * answer cost so much.
   */
  readonly long?: { readonly above: number; readonly prices: Prices };
}

/** Dollars for one web search, whatever the model. */
export const WEB_SEARCH = 0.01;

/**
 * What an answer costs more that is bound to the United States (`inference_geo`); searches cost the
 * same.
 */
export const BOUND_TO_US = 1.1;

const dollars = (
  input: number,
  output: number,
  cacheRead: number,
  cacheWrite5m: number,
  cacheWrite1h: number,
): Prices => ({ input, output, cacheRead, cacheWrite5m, cacheWrite1h });

const D15_75 = dollars(15, 75, 1.5, 18.75, 30);
const D5_25 = dollars(5, 25, 0.5, 6.25, 10);
const D3_15 = dollars(3, 15, 0.3, 3.75, 6);
const D10_50 = dollars(10, 50, 1, 12.5, 20);
const D10_50_CHEAP_READ = dollars(10, 50, 0.25, 12.5, 20);
const D8_40 = dollars(8, 40, 0.2, 10, 16);
const D16_80 = dollars(16, 80, 0.4, 20, 32);
const D30_150 = dollars(30, 150, 3, 37.5, 60);

/** A million tokens of context at twice the input price, in the beta of that window. */
const LONG_SONNET = { above: 200_000, prices: dollars(6, 22.5, 0.6, 7.5, 12) };

/**
 * List prices of the Claude API. Sources: the catalog of client 2.1.330 (all models from 3.5 on,
 * their fast mode, the long prompts of Haiku 5.5), which agrees with that of client 2.1.197 where
 * both have a model; the published price list for Claude 3 and for the beta of the long window of
 * Sonnet 4 and 4.5. As of {@link PRICES_AS_OF}. A version that is not here has no price. Among rows
 * of one model the latest that has begun counts.
 */
const ROWS: readonly PriceRow[] = [
  { family: 'opus', version: [3, 0], standard: D15_75 },
  { family: 'opus', version: [4, 0], standard: D15_75 },
  { family: 'opus', version: [4, 1], standard: D15_75 },
  { family: 'opus', version: [4, 5], standard: D5_25 },
  { family: 'opus', version: [4, 6], standard: D5_25, fast: D30_150 },
  { family: 'opus', version: [4, 7], standard: D5_25, fast: D30_150 },
  { family: 'opus', version: [4, 8], standard: D5_25, fast: D10_50 },
  { family: 'opus', version: [5, 0], standard: D5_25, fast: D10_50 },
  {
    family: 'opus',
    version: [5, 5],
    standard: dollars(4, 20, 0.2, 5, 8),
    fast: dollars(8, 40, 0.4, 10, 16),
  },
  { family: 'sonnet', version: [3, 0], standard: D3_15 },
  { family: 'sonnet', version: [3, 5], standard: D3_15 },
  { family: 'sonnet', version: [3, 7], standard: D3_15 },
  { family: 'sonnet', version: [4, 0], standard: D3_15, long: LONG_SONNET },
  { family: 'sonnet', version: [4, 5], standard: D3_15, long: LONG_SONNET },
  { family: 'sonnet', version: [4, 6], standard: D3_15 },
  { family: 'sonnet', version: [5, 0], standard: dollars(2, 10, 0.2, 2.5, 4) },
  { family: 'sonnet', version: [5, 5], standard: dollars(2, 10, 0.1, 2.5, 4) },
  { family: 'haiku', version: [3, 0], standard: dollars(0.25, 1.25, 0.03, 0.3, 0.5) },
  { family: 'haiku', version: [3, 5], standard: dollars(0.8, 4, 0.08, 1, 1.6) },
  { family: 'haiku', version: [4, 5], standard: dollars(1, 5, 0.1, 1.25, 2) },
  {
    family: 'haiku',
    version: [5, 5],
    standard: dollars(0.1, 0.5, 0.01, 0.125, 0.2),
    long: { above: 100_000, prices: dollars(0.5, 2.5, 0.05, 0.625, 1) },
  },
  { family: 'fable', version: [5, 0], standard: D10_50 },
  { family: 'fable', version: [5, 1], standard: D10_50_CHEAP_READ },
  { family: 'fable', version: [5, 2], standard: D8_40, fast: D16_80 },
  { family: 'mythos', version: [5, 0], standard: D10_50 },
  { family: 'mythos', version: [5, 1], standard: D10_50_CHEAP_READ },
  { family: 'mythos', version: [5, 2], standard: D8_40, fast: D16_80 },
];

/** Prices that the user has set, which go before the table. */
export interface OwnPrice {
  readonly model: string;
  readonly isFast: boolean;
  /** Milliseconds since the epoch; 0: ever since. */
  readonly from: number;
  readonly prices: Prices;
}

/** How an answer was given, as far as its price depends on it. */
export interface PricedAnswer {
  /** As the transcript writes it. */
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly isFast: boolean;
  /** Tokens of the prompt: input, cache read and written. */
  readonly prompt: number;
}

/**
 * The prices of an answer, or `undefined` where none is known: they are never those of another
 * model.
 */
export function findPrices(answer: PricedAnswer, own: readonly OwnPrice[]): Prices | undefined {
  const begun = own.filter(({ isFast, from }) => isFast === answer.isFast && from <= answer.at);
  const set = findLongestMatch(
    begun.toSorted((one, other) => other.from - one.from),
    answer.model,
  );
  if (set !== undefined) return set.prices;
  const row = rowOf(answer);
  if (row === undefined) return undefined;
  if (answer.isFast) return row.fast;
  return row.long !== undefined && answer.prompt > row.long.above ? row.long.prices : row.standard;
}

function rowOf({ model, at }: PricedAnswer): PriceRow | undefined {
  const { family, version } = parseModelId(model);
  if (version === undefined) return undefined;
  return ROWS.filter(
    (row) =>
      row.family === family &&
      row.version[0] === version[0] &&
      row.version[1] === version[1] &&
      beginOf(row) <= at,
  ).toSorted((one, other) => beginOf(other) - beginOf(one))[0];
}

function beginOf({ from }: PriceRow): number {
  return from === undefined ? 0 : Date.parse(from);
}

/** Prompts on the two sides of one of these may have different prices. Tokens, ascending. */
export const LONG_PROMPTS: readonly number[] = [
  ...new Set(ROWS.flatMap(({ long }) => long?.above ?? [])),
].toSorted((one, other) => one - other);

/** Moments at which a price changes, in milliseconds since the epoch, ascending. */
export function listPriceChanges(own: readonly OwnPrice[]): readonly number[] {
  const begins = [...ROWS.map(beginOf), ...own.map(({ from }) => from)].filter((at) => at > 0);
  return [...new Set(begins)].toSorted((one, other) => one - other);
}

/**
 * An entry of the setting `modelPrices`: dollars for input, output, cache read, cache written for
 * five minutes and for an hour.
 */
const PRICE_ENTRY =
  /^([^=\s]+?)(\+fast)?=((?:\d+(?:\.\d+)?\/){4}\d+(?:\.\d+)?)(?:@(\d{4}-\d\d-\d\d))?$/;

/**
 * The prices in such a setting; an entry that is none, or names no day of the calendar, is left
 * out.
 */
export function parseOwnPrices(entries: readonly string[]): readonly OwnPrice[] {
  return entries.flatMap((entry) => {
    const [, model, fast, figures = '', from] = PRICE_ENTRY.exec(entry) ?? [];
    const [input, output, cacheRead, cacheWrite5m, cacheWrite1h] = figures.split('/').map(Number);
    const begin = from === undefined ? 0 : Date.parse(from);
    if (model === undefined || Number.isNaN(begin) || cacheWrite1h === undefined) return [];
    const prices = dollars(
      input ?? 0,
      output ?? 0,
      cacheRead ?? 0,
      cacheWrite5m ?? 0,
      cacheWrite1h,
    );
    return [{ model, isFast: fast !== undefined, from: begin, prices }];
  });
}
