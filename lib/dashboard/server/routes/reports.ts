import { basename } from 'node:path';
import type { Hono } from 'hono';
import { keepReport } from '../../../actions/keep-report.ts';
import { resolveConfig } from '../../../config/resolve.ts';
import { WaymarkError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import { readConfiguredPrices } from '../../../query/cost.ts';
import { localDay } from '../../../query/local-days.ts';
import { askReport } from '../../../query/reports/ask-report.ts';
import {
  type KeptReport,
  keptName,
  listKeptReports,
  readKeptReport,
} from '../../../query/reports/kept-reports.ts';
import { REPORTS, usualDays } from '../../../query/reports/report-names.ts';
import { lastDays } from '../../../query/reports/report-span.ts';
import { REPORT_FORMATS, renderReport } from '../../../report/render-report.ts';
import { bodyOf, requiredText, sendJson } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';
import { REPORT_HEADERS } from '../response-headers.ts';

/** A kept report. */
export interface ReportRow extends Omit<KeptReport, 'file'> {
  readonly name: string;
  /** Where it can be opened; the key in it opens this report alone. */
  readonly href: string;
}

/** Which reports can be written, and which were kept. */
export interface ReportsAnswer {
  readonly reports: typeof REPORTS;
  /** The latest first. */
  readonly kept: readonly ReportRow[];
  /** Kept reports beyond those. */
  readonly more: number;
}

/** A report that was written now. */
export interface ReportWritten {
  readonly name: string;
  readonly bytes: number;
}

const MAX_ROWS = 500;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** What a browser asks for when a person opens or downloads a report, or our page reads it. */
const DESTINATIONS: readonly string[] = ['document', 'empty'];

/** The page Reports: the list, writing one, and each of them as a document of its own. */
export function addReportRoutes(app: Hono, place: DashboardPlace): void {
  const { folder } = place;
  app.get('/api/reports', (context) => {
    const kept = listKeptReports(folder);
    return sendJson(context, {
      reports: REPORTS,
      kept: kept.slice(0, MAX_ROWS).map((one) => rowOf(one, place.signPath)),
      more: Math.max(0, kept.length - MAX_ROWS),
    } satisfies ReportsAnswer);
  });
  app.post('/api/reports', async (context) =>
    sendJson(context, await writeNow(place, await bodyOf(context))),
  );
  app.get('/reports/:name', (context) => {
    const destination = context.req.header('sec-fetch-dest');
    if (destination !== undefined && !DESTINATIONS.includes(destination))
      throw new WaymarkError(
        'USAGE',
        'Cannot load a report into a page: it opens as a page of its own',
      );
    const { kept, text } = readKeptReport(folder, context.req.param('name'));
    const { format } = kept;
    return context.body(text, 200, {
      ...REPORT_HEADERS,
      'content-type': TYPES[format] ?? 'application/octet-stream',
      ...(format === 'html'
        ? {}
        : { 'content-disposition': `attachment; filename="${basename(kept.file)}"` }),
    });
  });
}

function rowOf({ file, ...row }: KeptReport, signPath: DashboardPlace['signPath']): ReportRow {
  const name = basename(file);
  return { name, href: signPath(`/reports/${encodeURIComponent(name)}`), ...row };
}

/**
 * Writes a report of its usual time into the state folder, as `waymark report NAME --keep` does.
 * @throws {@link WaymarkError} USAGE, and why the store cannot be read or the file not written.
 */
async function writeNow(
  { folder, clock, environment }: DashboardPlace,
  body: JsonObject,
): Promise<ReportWritten> {
  const report = oneOf(
    REPORTS.map(({ name }) => name),
    requiredText(body, 'report'),
  );
  const format = oneOf(REPORT_FORMATS, requiredText(body, 'format'));
  const { diskBudget } = resolveConfig({ environment, userFile: folder.configFile }).values;
  const span = lastDays(usualDays(report), clock());
  const prices = readConfiguredPrices({ environment, folder });
  const asked = await askReport(report, { folder, span, prices, diskBudget });
  const text = renderReport(asked.report, format);
  const name = keptName(report, localDay(span.until), format);
  keepReport(folder, { name, text, sessions: asked.sessions });
  return { name, bytes: Buffer.byteLength(text) };
}

function oneOf<T extends string>(known: readonly T[], given: string): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new WaymarkError('USAGE', `Cannot write the report: choose one of ${known.join(', ')}`);
}
