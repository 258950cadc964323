import { basename } from 'node:path';
import { oneLine } from '../../core/one-line.ts';
import { formatCount, formatUsd, plural } from '../../core/units.ts';
import type { CostBy } from '../../query/cost-query.ts';
import type { Cost, CostLine, CostReport, Unpriced } from '../../query/cost.ts';
import type { Paint } from './paint.ts';
import { shortenIds } from './short-ids.ts';
import type { Column } from './table.ts';

const COUNT: Column = { right: true };

/** What it cost is what people look for; of the tokens those of the cache go last. */
export const COST_COLUMNS: readonly Column[] = [
  { least: 12 },
  ...[
    { ...COUNT, gives: 3 },
    { ...COUNT, gives: 2 },
    { ...COUNT, gives: 1 },
  ],
  ...[
    { ...COUNT, gives: 5 },
    { ...COUNT, gives: 4 },
    { ...COUNT, gives: 6 },
  ],
  COUNT,
];

const HEADS: Readonly<Record<CostBy, string>> = {
  day: 'DAY',
  project: 'PROJECT',
  model: 'MODEL',
  session: 'SESSION',
  agent: 'AGENT',
};

/**
 * `$12.34`, `$1,234.50`, `< $0.01`; `–` where no price is known; `≥` before what lacks answers
 * without a price.
 */
export function formatDollars({ dollars, unpriced }: Pick<Cost, 'dollars' | 'unpriced'>): string {
  if (dollars === null) return '–';
  if (unpriced === 0) return formatUsd(dollars);
  return `≥ ${dollars < 0.005 ? '$0.00' : formatUsd(dollars)}`;
}

/** The cells of a report: its head, a line each, and the sum. */
export function formatCostRows(report: CostReport, paint: Paint): ReadonlyArray<readonly string[]> {
  const { by, lines, total } = report;
  const heads = [HEADS[by], 'ANSWERS', 'INPUT', 'OUTPUT', 'CACHE READ', 'CACHE WRITTEN'];
  const hasSearches = total.webSearches > 0;
  const short = shortenIds(lines.flatMap(({ key }) => (by === 'session' && key ? key : [])));
  return [
    [...heads, hasSearches ? 'SEARCHES' : '', 'COST'].map(paint.dim),
    ...lines.map((line) => costCells(nameOf(line, by, short), line, hasSearches)),
    costCells(paint.bold('total'), total, hasSearches),
  ];
}

function costCells(name: string, cost: Cost, hasSearches: boolean): readonly string[] {
  const { answers, input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearches } = cost;
  return [
    name,
    ...[answers, input, output, cacheRead, cacheWrite5m + cacheWrite1h].map(formatCount),
    hasSearches ? formatCount(webSearches) : '',
    formatDollars(cost),
  ];
}

function nameOf(line: CostLine, by: CostBy, short: ReadonlyMap<string, string>): string {
  const { key } = line;
  if (by === 'session' && key !== null) {
    const about = line.title ?? (line.project == null ? '' : basename(line.project));
    return oneLine(`${short.get(key) ?? key} ${about}`.trim());
  }
  return oneLine(key ?? (by === 'agent' ? 'agent of unknown kind' : `unknown ${by}`));
}

/** What a report leaves out, a line each; nothing where it has all. */
export function formatCostNotes({
  more,
  unpriced,
  statisticsOnly,
  by,
}: CostReport): readonly string[] {
  const days = [...new Set(statisticsOnly.map(({ day }) => day))];
  const tokens = statisticsOnly.reduce((sum, day) => sum + day.tokens, 0);
  return [
    ...(more > 0 ? [`${plural(more, `more ${by}`)} in the sum: \`--limit\` shows them.`] : []),
    ...unpricedNotes(unpriced),
    ...(unpriced.length > 0
      ? ['Set a price: `waymark config set modelPrices`, see `waymark docs cost`']
      : []),
    ...(days.length > 0
      ? [
          `Not in the sum: ${plural(days.length, 'day')} that only the client's own statistics have (${days[0]} to ${days.at(-1)}, ${plural(tokens, 'token')} without the cache).`,
        ]
      : []),
  ];
}

/** One sentence for one kind of answer; for several, a line each below what they have in common. */
function unpricedNotes(unpriced: readonly Unpriced[]): readonly string[] {
  const [first, ...others] = unpriced.map(unpricedText);
  if (first === undefined) return [];
  if (others.length === 0) return [`Not in the sum: ${first}: the price is unknown.`];
  const answers = unpriced.reduce((sum, one) => sum + one.answers, 0);
  return [
    `Not in the sum: ${plural(answers, 'answer')} whose price is unknown:`,
    ...[first, ...others].map((text) => `  ${text}`),
  ];
}

function unpricedText({ model, isFast, tier, answers, tokens }: Unpriced): string {
  const how = [...(isFast ? ['fast mode'] : []), ...(tier === null ? [] : [`tier ${tier}`])];
  const name = model === null ? 'an unnamed model' : model;
  const what = how.length === 0 ? name : `${name} (${how.join(', ')})`;
  return `${plural(answers, 'answer')} of ${oneLine(what)} with ${plural(tokens, 'token')}`;
}
