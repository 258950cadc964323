import { formatUsd, formatDuration, plural } from '../core/units.ts';
import type { Finding, Savings } from '../query/reports/finding.ts';
import { type Chart, chartSvg } from './chart-svg.ts';
import { escapeHtml } from './html-text.ts';
import { PAGE_STYLE } from './page-style.ts';
import {
  type Block,
  type CheckLine,
  NOTHING_FOUND,
  partsOf,
  type ReportDocument,
  type Table,
} from './report-document.ts';
import { REPORT_STYLE } from './report-style.ts';

/** No script runs and nothing is loaded, whatever is in the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** In every HTML report: by this a file is known to be one. */
export const HTML_MARK = '<meta name="generator" content="report of waymark">';

/** A page that needs nothing else. */
function reportPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${HTML_MARK}
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}${REPORT_STYLE}</style>
</head>
<body>
${body}
<footer>Made by waymark from the events of this machine.</footer>
</body>
</html>
`;
}

/** A report as one HTML page. */
export function reportHtml({ title, facts, sections }: ReportDocument): string {
  const head = facts
    .map(([label, text]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd></div>`)
    .join('\n');
  let charts = 0;
  const parts = sections.map(({ title: name, blocks }) => {
    const inner = blocks.map((block) => {
      if (block.kind === 'chart') charts += 1;
      return blockHtml(block, name, `chart-${charts}`);
    });
    return `<section>\n<h2>${escapeHtml(name)}</h2>\n${inner.join('\n')}\n</section>`;
  });
  return reportPage(
    title,
    `<header>\n<h1>${escapeHtml(title)}</h1>\n<dl>\n${head}\n</dl>\n</header>\n<main>\n${parts.join('\n')}\n</main>`,
  );
}

/** @param section The title above it. */
function blockHtml(block: Block, section: string, id: string): string {
  switch (block.kind) {
    case 'figures':
      return `<dl class="figures">\n${block.figures
        .map(({ label, value, note = '' }) => {
          const more = note === '' ? '' : `<small>${escapeHtml(note)}</small>`;
          return `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}${more}</dd></div>`;
        })
        .join('\n')}\n</dl>`;
    case 'table':
      return tableHtml(block.table, `${section}: ${block.table.columns[0]?.name ?? ''}`);
    case 'chart':
      return chartHtml(block.chart, id);
    case 'findings':
      return findingsHtml(block.findings);
    case 'checks':
      return `<ul class="checks">\n${block.checks.map(checkHtml).join('\n')}\n</ul>`;
    case 'note':
      return `<p class="note">${textHtml(block.text)}</p>`;
  }
}

/** @param name What the rows are: who cannot see them scrolls them by keys. */
function tableHtml({ columns, rows, total, empty }: Table, name: string): string {
  if (rows.length === 0) return `<p class="empty">${textHtml(empty)}</p>`;
  const kind = (index: number): string => (columns[index]?.isNumber === true ? ' class="n"' : '');
  const line = (cells: readonly string[]): string =>
    `<tr>${cells.map((cell, index) => `<td${kind(index)}>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  const head = columns.map(
    ({ name }, index) => `<th scope="col"${kind(index)}>${escapeHtml(name)}</th>`,
  );
  const foot = total === undefined ? '' : `\n<tfoot>${line(total)}</tfoot>`;
  return `<div class="scroll" role="group" aria-label="${escapeHtml(name)}" tabindex="0"><table>\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${rows.map(line).join('\n')}\n</tbody>${foot}\n</table></div>`;
}

function chartHtml(chart: Chart, id: string): string {
  const { title, labels, series, format } = chart;
  const keys =
    series.length < 2
      ? ''
      : series
          .map(({ name }, index) => `<span class="key k${index}">${escapeHtml(name)}</span>`)
          .join('');
  const table = {
    columns: [
      { name: /\bby (\w+)$/.exec(title)?.[1] ?? 'time' },
      ...series.map(({ name }) => ({ name, isNumber: true })),
    ],
    rows: labels.map((label, index) => [
      label,
      ...series.map(({ values }) => format(values[index] ?? 0)),
    ]),
    empty: 'No figures.',
  };
  const figures = tableHtml(table, title);
  return `<figure>\n<figcaption><b>${escapeHtml(title)}</b>${keys}</figcaption>\n${chartSvg(chart, id)}\n<details><summary aria-label="Figures: ${escapeHtml(title)}">Figures</summary>${figures}</details>\n</figure>`;
}

function findingsHtml(findings: readonly Finding[]): string {
  if (findings.length === 0) return `<p class="empty">${NOTHING_FOUND}</p>`;
  const items = findings.map(({ weight, message, change, saves }) => {
    const saved = savingsText(saves);
    const gain = saved === '' ? '' : ` <span class="saves">${escapeHtml(saved)}</span>`;
    return `<li class="${weight}"><span class="badge">${weight}</span>${textHtml(message)}<p>${textHtml(change)}${gain}</p></li>`;
  });
  return `<ul class="findings">\n${items.join('\n')}\n</ul>`;
}

function checkHtml({ ok, isGrave, message, remedy }: CheckLine): string {
  const kind = ok ? 'good' : isGrave ? 'grave' : 'open';
  const more = remedy === null ? '' : `<p>${textHtml(remedy)}</p>`;
  return `<li class="${kind}"><span class="badge">${ok ? 'ok' : 'to do'}</span>${textHtml(message)}${more}</li>`;
}

function textHtml(text: string): string {
  return partsOf(text)
    .map(({ isCode, text: part }) =>
      isCode ? `<code>${escapeHtml(part)}</code>` : escapeHtml(part),
    )
    .join('');
}

/** `Saves about $1.20, 40,000 tokens, 3m.`; empty where nothing is known to be saved. */
export function savingsText(saves: Savings | null): string {
  if (saves === null) return '';
  const { dollars = 0, tokens = 0, ms = 0 } = saves;
  const parts = [
    ...(dollars > 0 ? [formatUsd(dollars)] : []),
    ...(tokens > 0 ? [plural(tokens, 'token')] : []),
    ...(ms >= 1_000 ? [formatDuration(ms)] : []),
  ];
  return parts.length === 0 ? '' : `Saves about ${parts.join(', ')}.`;
}

/** A report that an index links to. */
export interface IndexedReport {
  readonly title: string;
  readonly summary: string;
  /** Its file, in the folder of the index. */
  readonly file: string;
}

/** A page that links to reports beside it. @param made When they were made, as a text. */
export function reportIndex(reports: readonly IndexedReport[], made: string): string {
  const items = reports
    .map(
      ({ title, summary, file }) =>
        `<li><a href="${escapeHtml(encodeURI(file))}">${escapeHtml(title)}</a><p>${escapeHtml(summary)}</p></li>`,
    )
    .join('\n');
  return reportPage(
    'Reports',
    `<header>\n<h1>Reports</h1>\n<p class="note">${escapeHtml(made)}</p>\n</header>\n<main>\n<ul class="checks">\n${items}\n</ul>\n</main>`,
  );
}
