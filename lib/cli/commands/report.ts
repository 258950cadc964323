import { mkdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Argument, Option } from 'commander';
import { keepReport } from '../../actions/keep-report.ts';
import {
  type ReportSummary,
  summarizeReport,
  summaryInput,
} from '../../actions/summarize-report.ts';
import { writeFreshFile } from '../../actions/write-fresh-file.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { formatBytes, formatCount } from '../../core/units.ts';
import { readConfiguredPrices } from '../../query/cost.ts';
import { localDay } from '../../query/local-days.ts';
import { type AskedReport, askReport } from '../../query/reports/ask-report.ts';
import { keptName, listKeptReports } from '../../query/reports/kept-reports.ts';
import {
  REPORT_NAMES,
  type ReportName,
  isOfOneMachine,
  REPORTS,
  usualDays,
} from '../../query/reports/report-names.ts';
import type { ReportData } from '../../query/reports/read-report.ts';
import { lastDays, type ReportSpan } from '../../query/reports/report-span.ts';
import {
  documentOf,
  isReport,
  REPORT_FORMATS,
  type ReportFormat,
  renderReport,
  reportTitle,
} from '../../report/render-report.ts';
import { reportIndex } from '../../report/report-html.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { parseWhen } from '../text/parse-when.ts';
import { formatReport } from '../text/report-text.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface ReportFlags {
  readonly since?: string;
  readonly format?: string;
  readonly out?: string;
  readonly keep?: boolean;
  readonly force?: boolean;
  readonly ai?: boolean;
  readonly json?: boolean;
}

const ALL = 'all';

const EXAMPLES = `
Examples:
  $ waymark report                               which reports there are
  $ waymark report weekly                        the last 7 days
  $ waymark report cost --since 90d --out cost.html
  $ waymark report weekly --keep                 keep it in the state folder
  $ waymark report weekly --ai                   with a summary by Claude
  $ waymark report all --out site                all as pages, with an index
  $ waymark report security --format json | jq .posture`;

/** `waymark report`: figures, charts and findings of a time, as a page, Markdown or JSON. */
export const addReport: AddCommand = (program, context) => {
  program
    .command('report')
    .addArgument(
      new Argument('[name]', 'a report (default: list the reports)').choices([
        ...REPORT_NAMES,
        ALL,
      ]),
    )
    .option('--since <when>', 'since this time: 7d, a date, an ISO time (default: 7 or 30 days)')
    .addOption(
      new Option(
        '--format <format>',
        'default: by the name of the file; else text on a terminal, md elsewhere',
      ).choices(REPORT_FORMATS),
    )
    .option('--out <file>', `write this file (default: standard output); with ${ALL}: a folder`)
    .option('--keep', 'write it into the state folder, as html unless --format says otherwise')
    .option('--force', 'replace the file also if it is not a report')
    .option('--ai', 'add a summary by your own `claude -p`: sends it the figures, redacted')
    .option('--json', 'print JSON: the list, the report, or what was written')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, flags: ReportFlags) => {
      if (name === undefined) return listReports(context, flags);
      if (flags.keep === true && flags.out !== undefined)
        throw usage('Cannot use --keep with --out: each says where the report goes');
      if (name === ALL && flags.ai === true)
        throw usage(`Cannot use --ai with ${ALL}: each report needs a summary of its own`);
      if (name === ALL) return writeAll(context, flags);
      const report = REPORT_NAMES.find((one) => one === name);
      if (report !== undefined) return oneReport(context, report, flags);
    });
};

function listReports(context: CommandContext, flags: ReportFlags): void {
  const given = (['out', 'keep', 'since', 'format', 'ai'] as const).find(
    (flag) => flags[flag] !== undefined,
  );
  if (given !== undefined) throw usage(`Cannot use --${given} without the name of a report`);
  const { reports } = context.folder();
  const kept = listKeptReports(context.folder());
  if (flags.json === true) {
    context.printJson({ reports: REPORTS, kept });
    return;
  }
  const { paint, print, printTable, runnable } = context;
  printTable(
    [
      ['REPORT', 'DAYS', 'SHOWS'].map(paint.dim),
      ...REPORTS.map(({ name, days, summary }) => [paint.bold(name), String(days), summary]),
    ],
    { columns: [{}, { right: true }, { least: 20 }] },
  );
  print();
  if (kept.length === 0) {
    print(runnable('No reports are kept yet. Keep one: `waymark report weekly --keep`'));
    return;
  }
  print(`Kept in ${abbreviateHome(reports)}:`);
  const rows = kept.map(({ report, day, bytes, file }) => [
    paint.bold(report),
    day,
    formatBytes(bytes),
    basename(file),
  ]);
  printTable([['REPORT', 'UNTIL', 'SIZE', 'FILE'].map(paint.dim), ...rows], {
    columns: [{}, {}, { gives: 1, right: true }, { least: 20 }],
  });
}

async function oneReport(
  context: CommandContext,
  name: ReportName,
  flags: ReportFlags,
): Promise<void> {
  const format = formatOf(flags);
  const span = spanOf(context, name, flags);
  const asked = await ask(context, name, span);
  const summary = flags.ai === true ? await askModel(context, asked) : undefined;
  if (flags.out === undefined && flags.keep !== true) {
    printReport(context, { report: asked.report, format, summary }, flags);
    return;
  }
  const text = renderReport(asked.report, format, summary);
  const file =
    flags.out === undefined
      ? keepReport(context.folder(), {
          name: keptName(name, localDay(span.until), format),
          text,
          sessions: asked.sessions,
        })
      : write(resolve(context.cwd, flags.out), text, flags);
  printWritten(context, flags, [{ report: name, file, format, bytes: Buffer.byteLength(text) }]);
}

/** On a terminal laid out to be read; elsewhere, and on request, in a format. */
function printReport(
  { paint, print, runnable, width }: CommandContext,
  {
    report,
    format,
    summary,
  }: {
    readonly report: ReportData;
    readonly format: ReportFormat;
    readonly summary: ReportSummary | undefined;
  },
  flags: ReportFlags,
): void {
  const isRead = width !== undefined && flags.format === undefined && flags.json !== true;
  if (isRead)
    for (const line of formatReport(documentOf(report, summary), { paint, width, runnable }))
      print(line);
  else {
    const text = renderReport(report, format, summary);
    print((format === 'md' ? runnable(text) : text).trimEnd());
  }
}

/** Says what leaves the machine before it does. */
async function askModel(
  { environment, warn }: CommandContext,
  { report }: AskedReport,
): Promise<ReportSummary> {
  const size = formatCount(summaryInput(report).length);
  warn(
    `Asking claude -p, with your account: ${size} characters leave this machine. They contain figures, and names of projects, commands and errors, redacted and shortened; no prompts, no code.`,
  );
  return await summarizeReport(report, { environment });
}

/** Every report as a file of one folder; as pages with an index. */
async function writeAll(context: CommandContext, flags: ReportFlags): Promise<void> {
  if (flags.out === undefined)
    throw usage(`Cannot write ${ALL} reports: --out is missing`, 'Add --out FOLDER.');
  const folder = resolve(context.cwd, flags.out);
  const format = formatOf({ format: flags.format ?? 'html' });
  makeFolder(folder);
  const written: Written[] = [];
  const isOfTeam = context.folder().team !== undefined;
  const reports = REPORTS.filter(({ name }) => !isOfTeam || !isOfOneMachine(name));
  for (const { name } of reports) {
    const { report } = await ask(context, name, spanOf(context, name, flags));
    const text = renderReport(report, format);
    const file = write(`${folder}/${name}.${format}`, text, flags);
    written.push({ report: name, file, format, bytes: Buffer.byteLength(text) });
  }
  if (format === 'html') {
    const pages = reports.map(({ name, summary }) => ({
      ...{ title: reportTitle(name), summary, file: `${name}.html` },
    }));
    const index = reportIndex(pages, `Created on ${localDay(context.clock())}.`);
    const file = write(`${folder}/index.html`, index, flags);
    written.push({ report: 'index', file, format, bytes: Buffer.byteLength(index) });
  }
  printWritten(context, flags, written);
}

interface Written {
  readonly report: ReportName | 'index';
  readonly file: string;
  readonly format: ReportFormat;
  readonly bytes: number;
}

function printWritten(
  { print, printJson }: CommandContext,
  { json }: ReportFlags,
  written: readonly Written[],
): void {
  if (json === true) printJson(written);
  else for (const { file, bytes } of written) print(`Wrote ${file}: ${formatBytes(bytes)}.`);
}

function ask(context: CommandContext, name: ReportName, span: ReportSpan): Promise<AskedReport> {
  const { environment } = context;
  const folder = context.folder();
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  return askReport(name, {
    ...{ folder, span, prices: readConfiguredPrices({ environment, folder }) },
    diskBudget: values.diskBudget,
  });
}

function spanOf(
  { clock }: CommandContext,
  name: ReportName,
  { since }: Pick<ReportFlags, 'since'>,
): ReportSpan {
  const now = clock();
  if (since === undefined) return lastDays(usualDays(name), now);
  const begin = parseWhen(since, now, '--since');
  if (begin < now) return { since: begin, until: now };
  throw usage(`Cannot use --since ${since}: it is not in the past`);
}

function formatOf({ format, out, keep, json }: ReportFlags): ReportFormat {
  const byName = /\.(\w+)$/.exec(out ?? '')?.[1]?.toLowerCase();
  const usual = json === true && out === undefined && keep !== true ? 'json' : 'md';
  const wanted = format ?? byName ?? (keep === true ? 'html' : usual);
  const known = { htm: 'html', markdown: 'md' }[wanted] ?? wanted;
  const found = REPORT_FORMATS.find((one) => one === known);
  if (found !== undefined) return found;
  throw usage(
    `Cannot write a report as ${wanted}: there is no such format`,
    `Use --format ${REPORT_FORMATS.join(', --format ')}.`,
  );
}

/** Writes a file that is not there, or that is a report. @returns its path. */
function write(file: string, text: string, { force }: ReportFlags): string {
  writeFreshFile(file, [text], { replace: force === true || isReport });
  return file;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new WaymarkError('FILE_UNWRITABLE', `Cannot create ${folder}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Give another folder with --out.',
    });
  }
}

function usage(message: string, remedy?: string): WaymarkError {
  return new WaymarkError('USAGE', message, remedy === undefined ? {} : { remedy });
}
