import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summarizeReport, summaryInput } from '../../../lib/actions/summarize-report.ts';
import { askReport } from '../../../lib/query/reports/ask-report.ts';
import type { Finding } from '../../../lib/query/reports/finding.ts';
import { lastDays } from '../../../lib/query/reports/report-span.ts';
import type { ReportData } from '../../../lib/query/reports/read-report.ts';
import { renderReport } from '../../../lib/report/render-report.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { preparedStore, SESSION, START } from '../cli/prepared-store.ts';

const SECRET = `ghp_${'a1B2'.repeat(9)}`;

async function weeklyReport(): Promise<ReportData> {
  const span = lastDays(7, START + 3_600_000);
  const { report } = await askReport('weekly', {
    ...{ folder: preparedStore(), span, prices: [], diskBudget: 1e9 },
  });
  return report;
}

/** A `claude` that runs this shell script, alone on the PATH but for the system's own programs. */
function withClient(script: string) {
  const folder = tempFolder();
  mkdirSync(`${folder}/bin`);
  writeFileSync(`${folder}/bin/claude`, `#!/bin/sh\n${script}\n`);
  chmodSync(`${folder}/bin/claude`, 0o755);
  return { folder, environment: { PATH: `${folder}/bin:/usr/bin:/bin`, SEEN: folder } };
}

describe('summaryInput', () => {
  it('has figures and findings, and neither sessions nor secrets nor long texts', async () => {
    const report = await weeklyReport();
    const finding: Finding = {
      ...{
        rule: 'repeated-failure',
        weight: 'high' as const,
        message: `curl -H ${SECRET}`,
        saves: null,
      },
      change: 'x'.repeat(5_000),
    };
    const input = summaryInput({ ...report, findings: [finding, ...report.findings] });
    expect(input).toContain('"report":"weekly"');
    expect(input).not.toContain(SECRET);
    expect(input).not.toContain(SESSION);
    expect(input).not.toContain('x'.repeat(300));
    expect(input).not.toContain('Fix the total'); // a prompt
  });
});

describe('summarizeReport', () => {
  it('asks the client on its standard input, without tools, with our hooks off', async () => {
    const { folder, environment } = withClient(
      'cat > "$SEEN/input"; echo "$WAYMARK_DISABLE $*" > "$SEEN/how"; echo "Two calls failed."',
    );
    const report = await weeklyReport();
    expect(await summarizeReport(report, { environment })).toEqual({
      by: 'claude -p',
      text: 'Two calls failed.',
    });
    expect(readFileSync(`${folder}/input`, 'utf8')).toBe(summaryInput(report));
    expect(readFileSync(`${folder}/how`, 'utf8')).toMatch(/^1 -p .*--tools {2}--strict-mcp-config/);
  });

  it.each([
    ['exit 0', 'it returned no answer'],
    ['echo "Not logged in" >&2; exit 1', 'it ended with 1: Not logged in'],
    ['kill -9 $$', 'it ended with a signal'],
  ])('says why there is no summary: %s', async (script, reason) => {
    const { environment } = withClient(script);
    await expect(summarizeReport(await weeklyReport(), { environment })).rejects.toThrow(
      `Cannot ask claude -p for a summary: ${reason}`,
    );
  });

  it('says that there is no client', async () => {
    const environment = { PATH: tempFolder() };
    await expect(summarizeReport(await weeklyReport(), { environment })).rejects.toThrow(
      'Cannot ask claude -p for a summary: it is not in PATH',
    );
  });
});

describe('a report with a summary', () => {
  const summary = { by: 'claude -p', text: 'First <b>line</b>.\n\n`rm -rf` second [x](y).' };

  it('marks it as written by a model, in every format', async () => {
    const report = await weeklyReport();
    for (const format of ['md', 'html'] as const) {
      const text = renderReport(report, format, summary);
      expect(text).toContain('Summary by a model');
      expect(text).toContain('It may be wrong');
      expect(text).not.toContain('<b>line');
      expect(renderReport(report, format)).not.toContain('Summary by a model');
    }
    expect(JSON.parse(renderReport(report, 'json', summary))).toMatchObject({ summary });
  });
});
