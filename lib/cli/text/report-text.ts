import { oneLine } from '../../core/one-line.ts';
import type { Chart } from '../../report/chart-svg.ts';
import {
  type Block,
  NOTHING_FOUND,
  type ReportDocument,
  type Table,
} from '../../report/report-document.ts';
import { savingsText } from '../../report/report-html.ts';
import { wrapTo } from './display-width.ts';
import { alignLabels } from './labels.ts';
import type { Paint } from './paint.ts';
import { alignColumns, type Column } from './table.ts';
import { abbreviateHome } from './tilde.ts';

interface ReportTextOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
  /** Replaces `waymark` in the commands of a text by what a person types here. */
  readonly runnable: (text: string) => string;
}

/** Fewest columns of a text in a table. */
const LEAST_TEXT = 12;
const MAX_BAR = 30;

/** A report as the lines of a terminal: tables aligned, texts broken between words. */
export function formatReport(
  { title, facts, sections }: ReportDocument,
  options: ReportTextOptions,
): readonly string[] {
  const { paint, width } = options;
  const rows = facts.map(([label, text]) => [paint.dim(oneLine(label)), oneLine(text)]);
  return [
    paint.bold(title.toUpperCase()),
    '',
    ...alignLabels(rows, { width }),
    ...sections.flatMap(({ title: name, blocks }) => [
      '',
      paint.bold(oneLine(name)),
      ...blocks.flatMap((block) => ['', ...blockLines(block, options)]),
    ]),
  ];
}

function blockLines(block: Block, options: ReportTextOptions): readonly string[] {
  const { paint, width, runnable } = options;
  switch (block.kind) {
    case 'figures':
      return layOut(
        block.figures.map(({ label, value, note = '' }) => [label, value, note].map(cellText)),
        [{ least: LEAST_TEXT }, { right: true }, { least: LEAST_TEXT }],
        options,
      );
    case 'table':
      return tableLines(block.table, options);
    case 'chart':
      return chartLines(block.chart, options);
    case 'findings':
      if (block.findings.length === 0) return [NOTHING_FOUND];
      return block.findings.flatMap(({ weight, message, change, saves }) =>
        marked(`• ${weight}: `, [message, change, savingsText(saves)], options),
      );
    case 'checks':
      return block.checks.flatMap(({ ok, message, remedy }) =>
        marked(ok ? paint.green('✓ ') : paint.red('✗ '), [message, remedy ?? ''], options),
      );
    case 'note':
      return wrapTo(runnable(oneLine(block.text)), width);
  }
}

/** Sentences behind a mark; lines that go on are indented as an item's are. */
function marked(
  mark: string,
  sentences: readonly string[],
  { width, runnable }: ReportTextOptions,
): readonly string[] {
  const text = sentences.filter((part) => part !== '').map((part) => runnable(oneLine(part)));
  return wrapTo(`${mark}${text.join(' ')}`, width, HANG).map(
    (line, index) => `${index === 0 ? '  ' : ' '.repeat(HANG)}${line}`,
  );
}

/** Columns before the lines that go on. */
const HANG = 4;

function tableLines(
  { columns, rows, total, empty }: Table,
  options: ReportTextOptions,
): readonly string[] {
  if (rows.length === 0) return wrapTo(oneLine(empty), options.width);
  const { paint } = options;
  const last = columns.length - 1;
  const laid = columns.map(({ isNumber }, place): Column => {
    if (isNumber !== true) return { least: LEAST_TEXT };
    // the figure that a row is about is the first or the last
    const isFirst = columns.findIndex((column) => column.isNumber === true) === place;
    return { right: true, ...(isFirst || place === last ? {} : { gives: place }) };
  });
  const head = columns.map(({ name }) => paint.dim(oneLine(name).toUpperCase()));
  const foot = total === undefined ? [] : [total.map((cell) => paint.bold(oneLine(cell)))];
  return layOut([head, ...rows.map((row) => row.map(cellText)), ...foot], laid, options);
}

/** Labels without any figure are left out. */
function chartLines(
  { title, labels, series, format }: Chart,
  options: ReportTextOptions,
): readonly string[] {
  const { paint } = options;
  const rows = labels
    .map((label, index) => ({ label, values: series.map(({ values }) => values[index] ?? 0) }))
    .filter(({ values }) => values.some((value) => value > 0))
    .map((row) => ({ ...row, sum: row.values.reduce((sum, value) => sum + value, 0) }));
  if (rows.length === 0) return [paint.dim(`${oneLine(title)}: nothing to show.`)];
  const most = rows.reduce((one, { sum }) => Math.max(one, sum), 0);
  const head = ['', ...series.map(({ name }) => paint.dim(oneLine(name).toUpperCase())), ''];
  const body = rows.map(({ label, values, sum }) => [
    cellText(label),
    ...values.map(format),
    paint.cyan('█'.repeat(Math.max(1, Math.round((sum / most) * MAX_BAR)))),
  ]);
  const columns = [{}, ...series.map(() => ({ right: true })), { least: 1 }];
  return [oneLine(title), ...layOut(series.length > 1 ? [head, ...body] : body, columns, options)];
}

function layOut(
  rows: ReadonlyArray<readonly string[]>,
  columns: readonly Column[],
  { width }: ReportTextOptions,
): readonly string[] {
  return alignColumns(rows, { columns, indent: '  ', width });
}

/** A recorded text in a cell. */
function cellText(text: string): string {
  return abbreviateHome(oneLine(text));
}
