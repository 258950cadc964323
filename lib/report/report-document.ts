import { formatCount } from '../core/units.ts';
import { daysIn, type ReportSpan } from '../query/reports/report-span.ts';
import type { Finding } from '../query/reports/finding.ts';
import type { Chart } from './chart-svg.ts';

/** A report before it is written as HTML or Markdown. All texts are plain: writers escape them. */
export interface ReportDocument {
  readonly title: string;
  /** Labels and texts above the report. */
  readonly facts: ReadonlyArray<readonly [label: string, text: string]>;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

export interface Column {
  readonly name: string;
  /** Numbers are aligned to the right. */
  readonly isNumber?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: ReadonlyArray<readonly string[]>;
  /** The last row, set apart. */
  readonly total?: readonly string[];
  /** Shown in place of a table without rows. */
  readonly empty: string;
}

export interface CheckLine {
  readonly ok: boolean;
  readonly isGrave: boolean;
  /** Commands and names are in backticks, also in `remedy`. */
  readonly message: string;
  readonly remedy: string | null;
}

export type Block =
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'chart'; readonly chart: Chart }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] }
  | { readonly kind: 'checks'; readonly checks: readonly CheckLine[] }
  /** A sentence with commands in backticks. */
  | { readonly kind: 'note'; readonly text: string };

export const NOTHING_FOUND = 'No rule found anything to change.';

/** Parts of a text: what is in backticks is code. */
export function partsOf(
  text: string,
): ReadonlyArray<{ readonly isCode: boolean; readonly text: string }> {
  return text
    .split(/(`[^`]+`)/)
    .filter((part) => part !== '')
    .map((part) =>
      part.length > 2 && part.startsWith('`')
        ? { isCode: true, text: part.slice(1, -1) }
        : { isCode: false, text: part },
    );
}

/** `12 % more than before`, `as before`, `none before`; empty where both are 0. */
export function changeText(now: number, before: number): string {
  if (before === 0) return now === 0 ? '' : 'none before';
  const change = Math.round(((now - before) / before) * 100);
  if (change === 0) return 'as before';
  return `${formatCount(Math.abs(change))} % ${change > 0 ? 'more' : 'less'} than before`;
}

/** `71 %`, or `–` for what is not known. */
export function percentText(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

interface Point {
  readonly day: string;
  readonly value: number;
}

/** The time axis of a report: a label for each day, or for each week or month of a longer one. */
export interface TimeAxis {
  readonly labels: readonly string[];
  /** The time that one label covers. */
  readonly step: 'day' | 'week' | 'month';
  /** Puts figures of days to labels: their sum, or the largest. Days without one are 0. */
  place(points: readonly Point[], how?: 'sum' | 'most'): readonly number[];
}

const MAX_DAYS = 62;
const MAX_WEEKS = 62;

export function timeAxis(span: ReportSpan): TimeAxis {
  const days = daysIn(span);
  const step = days.length <= MAX_DAYS ? 'day' : days.length <= 7 * MAX_WEEKS ? 'week' : 'month';
  const labels: string[] = [];
  const places = new Map<string, number>();
  days.forEach((day, index) => {
    const isNew =
      step === 'day' ||
      (step === 'week' ? index % 7 === 0 : day.slice(0, 7) !== labels.at(-1)?.slice(0, 7));
    if (isNew) labels.push(step === 'month' ? day.slice(0, 7) : day);
    places.set(day, labels.length - 1);
  });
  return {
    labels,
    step,
    place(points, how = 'sum') {
      const values = labels.map(() => 0);
      for (const { day, value } of points) {
        const place = places.get(day);
        if (place === undefined) continue;
        const known = values[place] ?? 0;
        values[place] = how === 'sum' ? known + value : Math.max(known, value);
      }
      return values;
    },
  };
}
