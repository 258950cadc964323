import type { Finding } from '../query/reports/finding.ts';
import type { Chart } from './chart-svg.ts';
import { codeSpan, escapeMarkdown } from './markdown-text.ts';
import {
  type Block,
  type CheckLine,
  NOTHING_FOUND,
  partsOf,
  type ReportDocument,
  type Table,
} from './report-document.ts';
import { savingsText } from './report-html.ts';
import { cleanLines } from './session-head.ts';

/** The first line of every report in Markdown: by this a file is known to be one. */
export const MARKDOWN_MARK = '<!-- report of waymark -->';

const MAX_BAR_LENGTH = 20;

/** A report as Markdown. Charts are tables with bars. */
export function reportMarkdown({ title, facts, sections }: ReportDocument): string {
  const head = facts.map(([label, text]) => `| ${plain(label)} | ${plain(text)} |`).join('\n');
  const parts = sections.map(
    ({ title: name, blocks }) => `## ${plain(name)}\n\n${blocks.map(blockText).join('\n\n')}`,
  );
  return `${MARKDOWN_MARK}\n\n# ${plain(title)}\n\n| | |\n|---|---|\n${head}\n\n${parts.join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'figures':
      return tableText({
        columns: [{ name: '' }, { name: '', isNumber: true }, { name: '' }],
        rows: block.figures.map(({ label, value, note = '' }) => [label, value, note]),
        empty: '',
      });
    case 'table':
      return tableText(block.table);
    case 'chart':
      return chartText(block.chart);
    case 'findings':
      return findingsText(block.findings);
    case 'checks':
      return block.checks.map(checkText).join('\n');
    case 'note':
      return sentence(block.text);
  }
}

function tableText({ columns, rows, total, empty }: Table): string {
  if (rows.length === 0) return sentence(empty);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ name }) => plain(name))),
    `|${columns.map(({ isNumber }) => (isNumber === true ? '---:' : '---')).join('|')}|`,
    ...rows.map((cells) => line(cells.map(plain))),
    ...(total === undefined ? [] : [line(total.map((cell) => `**${plain(cell)}**`))]),
  ].join('\n');
}

/** Labels without any figure are left out: in a page they are an empty place, here a line each. */
function chartText({ title, labels, series, format }: Chart): string {
  const rows = labels
    .map((label, index) => ({ label, values: series.map(({ values }) => values[index] ?? 0) }))
    .filter(({ values }) => values.some((value) => value > 0))
    .map((row) => ({ ...row, sum: row.values.reduce((sum, value) => sum + value, 0) }));
  const most = rows.reduce((one, { sum }) => Math.max(one, sum), 0);
  const bar = (value: number): string =>
    '█'.repeat(Math.max(1, Math.round((value / most) * MAX_BAR_LENGTH)));
  const table = tableText({
    columns: [{ name: '' }, ...series.map(({ name }) => ({ name, isNumber: true })), { name: '' }],
    rows: rows.map(({ label, values, sum }) => [label, ...values.map(format), bar(sum)]),
    empty: 'Nothing to show.',
  });
  return `**${plain(title)}**\n\n${table}`;
}

function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return NOTHING_FOUND;
  return findings
    .map(({ weight, message, change, saves }) => {
      const saved = savingsText(saves);
      const gain = saved === '' ? '' : ` **${plain(saved)}**`;
      return `- **${weight}**: ${sentence(message)} ${sentence(change)}${gain}`;
    })
    .join('\n');
}

function checkText({ ok, message, remedy }: CheckLine): string {
  const more = remedy === null ? '' : ` ${sentence(remedy)}`;
  return `- [${ok ? 'x' : ' '}] ${sentence(message)}${more}`;
}

/** A text with commands and names in backticks. */
function sentence(text: string): string {
  return partsOf(flat(text))
    .map((part) => (part.isCode ? codeSpan(`\`${part.text}\``) : letters(part.text)))
    .join('');
}

function plain(text: string): string {
  return letters(flat(text));
}

function flat(text: string): string {
  return cleanLines(text).replace(/\n/g, ' ');
}

/** Nothing in it means anything in Markdown or HTML; addresses become no links. */
function letters(line: string): string {
  return escapeMarkdown(line)
    .replaceAll('://', '&#58;//')
    .replace(/\bwww\./gi, 'www&#46;')
    .replaceAll('@', '&#64;');
}
