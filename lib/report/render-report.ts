import { plainJson } from '../core/one-line.ts';
import type { ReportData } from '../query/reports/read-report.ts';
import { routingSections } from './agent-sections.ts';
import { costSections } from './cost-sections.ts';
import { type ReportDocument, type Section, timeAxis } from './report-document.ts';
import { HTML_MARK, reportHtml } from './report-html.ts';
import { MARKDOWN_MARK, reportMarkdown } from './report-markdown.ts';
import { securitySections } from './security-sections.ts';
import { weeklySections } from './weekly-sections.ts';
import { performanceSections } from './worker-sections.ts';

export const REPORT_FORMATS = ['md', 'html', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What a model has written about a report. */
export interface ModelSummary {
  /** The command that was asked. */
  readonly by: string;
  readonly text: string;
}

/** A report as text, with a line end at its end. A summary is marked as written by a model. */
export function renderReport(
  report: ReportData,
  format: ReportFormat,
  summary?: ModelSummary,
): string {
  switch (format) {
    case 'md':
      return reportMarkdown(documentOf(report, summary));
    case 'html':
      return reportHtml(documentOf(report, summary));
    case 'json':
      return `${plainJson(JSON.stringify(summary === undefined ? report : { ...report, summary }, null, 2))}\n`;
  }
}

const JSON_MARK = /^\{\s*"report": "[a-z]+",\s*"madeBy": "waymark",/;

/** Whether the head of a file is that of a report, in any format. */
export function isReport(head: string): boolean {
  return (
    head.startsWith(MARKDOWN_MARK) ||
    JSON_MARK.test(head) ||
    (head.startsWith('<!doctype html>') && head.includes(HTML_MARK))
  );
}

const TITLES: Readonly<Record<ReportData['report'], string>> = {
  weekly: 'Weekly report',
  cost: 'Cost report',
  security: 'Security report',
  routing: 'Routing report',
  performance: 'Performance report',
};

/** What a report is called. */
export function reportTitle(name: ReportData['report']): string {
  return TITLES[name];
}

/** A report before it is written in a format. */
export function documentOf(report: ReportData, summary: ModelSummary | undefined): ReportDocument {
  const [since, until] = [Date.parse(report.since), Date.parse(report.until)];
  const [first, ...others] = sectionsOf(report);
  const findings: Section = {
    title: 'What to change',
    blocks: [{ kind: 'findings', findings: report.findings }],
  };
  return {
    title: TITLES[report.report],
    facts: [
      ['From', localTime(since)],
      ['Until', localTime(until)],
      ['Days begin', `at midnight, ${report.zone}`],
    ],
    sections: [
      ...(summary === undefined ? [] : [summarySection(summary)]),
      ...(first === undefined ? [] : [first]),
      ...[findings, ...others],
    ],
  };
}

/** Its text is foreign: backticks in it stay letters. */
function summarySection({ by, text }: ModelSummary): Section {
  const lines = text.split(/\n+/).filter((line) => line.trim() !== '');
  return {
    title: 'Summary by a model',
    blocks: [
      {
        kind: 'note',
        text: `\`${by}\` wrote this from the figures of this report. It may be wrong. Nothing below comes from a model.`,
      },
      ...lines.map((line) => ({ kind: 'note' as const, text: line.replaceAll('`', "'") })),
    ],
  };
}

function sectionsOf(report: ReportData): readonly Section[] {
  const axis = timeAxis({ since: Date.parse(report.since), until: Date.parse(report.until) });
  switch (report.report) {
    case 'weekly':
      return weeklySections(report, axis);
    case 'cost':
      return costSections(report.cost, axis);
    case 'security':
      return securitySections(report, axis);
    case 'routing':
      return routingSections(report, axis);
    case 'performance':
      return performanceSections(report, axis);
  }
}

/** `2026-11-22 10:00`, by the local clock. */
function localTime(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
