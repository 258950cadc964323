import { basename } from 'node:path';
import { formatCount, formatUsd, plural } from '../core/units.ts';
import type { Cost, CostLine, StatisticsDay, Unpriced } from '../query/cost.ts';
import type { AccountLimit } from '../query/limits.ts';
import type { CostPart } from '../query/reports/read-cost-part.ts';
import {
  type Block,
  changeText,
  type Figure,
  percentText,
  type Section,
  type Table,
  type TimeAxis,
} from './report-document.ts';

/** What answers cost, in a card, with how that differs from before. */
export function costFigure({ total, before }: CostPart): Figure {
  const note = changeText(total.dollars ?? 0, before.dollars ?? 0);
  return { label: 'Cost', value: costText(total), note };
}

/** `$12.34`; `–` where no price is known; `≥` in front where some are not. */
export function costText({ dollars, unpriced }: Cost): string {
  if (dollars === null) return '–';
  return `${unpriced > 0 ? '≥ ' : ''}${formatUsd(dollars)}`;
}

export function costChart({ days }: CostPart, axis: TimeAxis): Block {
  return {
    kind: 'chart',
    chart: {
      title: `Cost by ${axis.step}`,
      labels: axis.labels,
      series: [
        {
          name: 'cost',
          values: axis.place(
            days.map(({ key, dollars }) => ({ day: key ?? '', value: dollars ?? 0 })),
          ),
        },
      ],
      shape: 'bars',
      format: formatUsd,
    },
  };
}

export function tokenChart({ days }: CostPart, axis: TimeAxis): Block {
  const place = (count: (line: CostLine) => number): readonly number[] =>
    axis.place(days.map((line) => ({ day: line.key ?? '', value: count(line) })));
  return {
    kind: 'chart',
    chart: {
      title: `Tokens by ${axis.step}`,
      labels: axis.labels,
      series: [
        { name: 'cache read', values: place(({ cacheRead }) => cacheRead) },
        {
          name: 'cache written',
          values: place(({ cacheWrite5m, cacheWrite1h }) => cacheWrite5m + cacheWrite1h),
        },
        { name: 'input', values: place(({ input }) => input) },
        { name: 'output', values: place(({ output }) => output) },
      ],
      shape: 'bars',
      format: shortCount,
    },
  };
}

/** `1.2M`, `31k`, `412`: for the axis of a chart. */
export function shortCount(count: number): string {
  if (count >= 1_000_000_000) return `${Math.round(count / 100_000_000) / 10}G`;
  if (count >= 1_000_000) return `${Math.round(count / 100_000) / 10}M`;
  return count >= 1_000 ? `${Math.round(count / 100) / 10}k` : String(Math.round(count * 10) / 10);
}

/** Lines of cost with their sum. @param total Left out: the lines are a part of all. */
export function costTable(
  name: string,
  lines: readonly CostLine[],
  nameOf: (line: CostLine) => string,
  total?: Cost,
): Block {
  const cells = (cost: Cost): readonly string[] => [
    formatCount(cost.answers),
    formatCount(cost.input),
    formatCount(cost.output),
    formatCount(cost.cacheRead),
    formatCount(cost.cacheWrite5m + cost.cacheWrite1h),
    costText(cost),
  ];
  const heads = ['Answers', 'Input', 'Output', 'Cache read', 'Cache written', 'Cost'];
  const table: Table = {
    columns: [{ name }, ...heads.map((head) => ({ name: head, isNumber: true }))],
    rows: lines.map((line) => [nameOf(line), ...cells(line)]),
    ...(total === undefined ? {} : { total: ['total', ...cells(total)] }),
    empty: 'No answers were recorded.',
  };
  return { kind: 'table', table };
}

const WINDOWS: Readonly<Record<string, string>> = { five_hour: '5 hours', seven_day: 'week' };

function limitFigure({ name, used, pace }: AccountLimit): Figure {
  return {
    label: `Limit of the ${WINDOWS[name] ?? name}`,
    value: percentText(used / 100),
    ...(pace === null ? {} : { note: `${percentText(pace / 100)} at this pace` }),
  };
}

/** The sections of the cost report. */
export function costSections(cost: CostPart, axis: TimeAxis): readonly Section[] {
  const { total, before, days, models, projects, sessions, agents, month, limits } = cost;
  return [
    {
      title: 'In short',
      blocks: [
        {
          kind: 'figures',
          figures: [
            costFigure(cost),
            {
              label: 'Answers',
              value: formatCount(total.answers),
              note: changeText(total.answers, before.answers),
            },
            { label: 'Tokens', value: shortCount(tokensOf(total)) },
            { label: 'Read from the cache', value: percentText(cacheShare(total)) },
            {
              label: `Month ${month.month} so far`,
              value: month.dollars === null ? '–' : formatUsd(month.dollars),
              ...(month.atThisPace === null
                ? {}
                : { note: `${formatUsd(month.atThisPace)} at this pace` }),
            },
            ...limits.map(limitFigure),
          ],
        },
        costChart(cost, axis),
        tokenChart(cost, axis),
        ...notesOf(cost),
      ],
    },
    { title: 'By model', blocks: [costTable('Model', models, nameOr('unknown model'), total)] },
    {
      title: 'By agent',
      blocks: [costTable('Agent', agents, nameOr('agent of unknown kind'), total)],
    },
    {
      title: 'Costliest projects',
      blocks: [costTable('Project', projects, nameOr('unknown project'))],
    },
    { title: 'Costliest sessions', blocks: [costTable('Session', sessions, sessionName)] },
    { title: 'By day', blocks: [costTable('Day', days, nameOr('unknown day'), total)] },
  ];
}

function nameOr(unknown: string): (line: CostLine) => string {
  return ({ key }) => key ?? unknown;
}

/** The beginning of its id, and what it is called. */
export function sessionName({ key, title, project }: CostLine): string {
  const about = title ?? (project == null ? '' : basename(project));
  return `${key?.slice(0, 8) ?? 'unknown session'} ${about}`.trim();
}

function notesOf({ unpriced, statisticsOnly, pricesAsOf }: CostPart): readonly Block[] {
  const lines = [
    `List prices of the Claude API as of ${pricesAsOf}. See \`waymark docs cost\`.`,
    ...unpriced.map(unpricedText),
    ...statisticsText(statisticsOnly),
  ];
  return lines.map((text) => ({ kind: 'note', text }));
}

function unpricedText({ model, isFast, tier, answers, tokens }: Unpriced): string {
  const how = [...(isFast ? ['fast mode'] : []), ...(tier === null ? [] : [`tier ${tier}`])];
  const name = (model ?? 'an unnamed model').replaceAll('`', "'");
  return `Not in the sum: ${plural(answers, 'answer')} of ${[name, ...how].join(', ')} with ${plural(tokens, 'token')}: the price is unknown.`;
}

function statisticsText(days: readonly StatisticsDay[]): readonly string[] {
  if (days.length === 0) return [];
  const tokens = days.reduce((sum, day) => sum + day.tokens, 0);
  const count = new Set(days.map(({ day }) => day)).size;
  return [
    `Not in the sum: ${plural(count, 'day')} that only the client's own statistics have (${plural(tokens, 'token')} without the cache).`,
  ];
}

export function tokensOf(cost: Cost): number {
  return promptOf(cost) + cost.output;
}

/** Of the tokens of all prompts, what came from the cache; `null` where there are none. */
export function cacheShare(cost: Cost): number | null {
  return promptOf(cost) === 0 ? null : cost.cacheRead / promptOf(cost);
}

function promptOf({ input, cacheRead, cacheWrite5m, cacheWrite1h }: Cost): number {
  return input + cacheRead + cacheWrite5m + cacheWrite1h;
}
