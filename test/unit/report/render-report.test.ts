import { beforeEach, describe, expect, it, vi } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { readReport } from '../../../lib/query/reports/read-report.ts';
import { REPORT_NAMES, type ReportName } from '../../../lib/query/reports/report-names.ts';
import { lastDays } from '../../../lib/query/reports/report-span.ts';
import {
  isReport,
  REPORT_FORMATS,
  type ReportFormat,
  renderReport,
} from '../../../lib/report/render-report.ts';
import type { Database } from '../../../lib/store/database.ts';
import { addRows, addSecurity, BEGIN, fillWeek, NOW } from '../../support/report-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC');
  return () => vi.unstubAllEnvs();
});

async function render(
  name: ReportName,
  format: ReportFormat,
  fill: (store: Database) => void = fillWeek,
): Promise<string> {
  const database = testStore();
  fill(database);
  const root = tempFolder();
  const folder = stateFolderAt(root, {}, [root]);
  const span = lastDays(7, NOW);
  const report = await readReport(name, { database, folder, span, prices: [], diskBudget: null });
  return renderReport(report, format);
}

const nothing = (): void => undefined;

/** What HTML, Markdown, an address or a terminal could obey. */
const EVIL =
  '</td></table></svg><script>alert(1)</script><img src=x onerror=alert(2)>"\'&|\n# [a](javascript:b) ![c](d) `e` http://evil.example www.evil.example \u001b[2J\u202e';

function fillEvil(store: Database): void {
  fillWeek(store);
  const at = BEGIN + 3_600_000;
  const session = { started_at: at, first_event_at: at, last_event_at: at };
  addRows(store, 'sessions', { id: EVIL, project: EVIL, custom_title: EVIL, ...session });
  addRows(
    store,
    'operations',
    ...Array.from({ length: 30 }, (_none, nth) => ({
      ...{ tool_use_id: `x${nth}`, hook_session: EVIL, hook_tool: EVIL, hook_target: EVIL },
      ...{ at, hook_at: at + 90_000, hook_outcome: 'failed', hook_error: EVIL },
    })),
  );
  addRows(store, 'usage', {
    ...{ message_id: 'x', request_id: '', claimed_since: 1, session_id: EVIL, at, model: EVIL },
    ...{ agent_id: EVIL, tier: EVIL, output: 4 },
  });
  addRows(store, 'usage', {
    ...{ message_id: 'y', request_id: '', claimed_since: 1, session_id: EVIL, at },
    ...{ model: 'claude-opus-4-8', output: 4_000_000 },
  });
  addRows(store, 'agents', { session_id: EVIL, agent_id: EVIL, type: EVIL });
  for (let nth = 0; nth < 4; nth += 1)
    addRows(store, 'agent_runs', {
      ...{ tool_use_id: `x${nth}`, session_id: EVIL, agent_type: EVIL, model: EVIL, kind: EVIL },
      ...{ at, outcome: 'failed', tokens: 1 },
    });
  for (let nth = 0; nth < 6; nth += 1)
    addSecurity(store, `x${nth}`, at, 'risky_command', { rule: EVIL, message: EVIL });
  addSecurity(store, 'x9', NOW - 1, 'scan_completed', {
    ...{ scanner: EVIL, project: EVIL, severities: { high: 2 } },
  });
  addRows(store, 'deliveries', {
    ...{ event_id: 'x', subscription: EVIL, state: 'dead', attempts: 20, due_at: 1 },
    ...{ created_at: 1, last_error: EVIL },
  });
}

describe.each(REPORT_NAMES)('the %s report', (name) => {
  it('is a page without script, link or picture, whatever is in it', async () => {
    const page = await render(name, 'html', fillEvil);
    expect(page).not.toMatch(/<(?:script|img|a|iframe|object|link)[\s>]/i);
    expect(page).not.toMatch(/[\u001b\u202e]/);
    expect(page).toContain("default-src 'none'");
    const tags = [...page.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag);
    const known =
      /^(?:html|head|meta|title|style|body|header|h1|h2|dl|div|dt|dd|small|main|section|p|ul|li|span|code|figure|figcaption|b|svg|desc|line|text|rect|polyline|circle|details|summary|table|thead|tbody|tfoot|tr|th|td|footer)$/;
    expect(tags.filter((tag) => !known.test(tag ?? ''))).toEqual([]);
  });

  it('closes each element of the page that it opens', async () => {
    const open: string[] = [];
    const page = (await render(name, 'html', fillEvil)).replace(/<style>[\s\S]*<\/style>/, '');
    for (const [tag, slash, element = ''] of page.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
      if (element === 'meta' || tag.endsWith('/>')) continue;
      if (slash === '') open.push(element);
      else expect(open.pop()).toBe(element);
    }
    expect(open).toEqual([]);
  });

  it('is Markdown in which nothing from outside means anything', async () => {
    const text = await render(name, 'md', fillEvil);
    expect(text).not.toMatch(/<script|<img|[\u001b\u202e]/);
    const words = text.replace(/`+[^`\n]*`+/g, '').replace(/\\./g, '');
    expect(words).not.toMatch(/!?\[[^\]x ]*\]\(|https?:\/\/|\bwww\./);
    for (const line of text.split('\n').filter((one) => one.startsWith('|')))
      expect(line).toMatch(/\|$/);
  });

  it('is JSON that a terminal can show', async () => {
    const text = await render(name, 'json', fillEvil);
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(JSON.parse(text)).toMatchObject({ report: name, madeBy: 'waymark' });
  });

  it.each(REPORT_FORMATS)('is known to be a report as %s', async (format) => {
    expect(isReport((await render(name, format)).slice(0, 1_024))).toBe(true);
  });

  it('says what is missing where nothing was recorded', async () => {
    const text = await render(name, 'md', nothing);
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(await render(name, 'html', nothing)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has each chart with a title, a description and its figures as a table', async () => {
    const page = await render(name, 'html');
    const charts = page.split('<svg').slice(1);
    expect(charts.length).toBeGreaterThan(0);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const chart of charts) {
      const [, title, desc] = /role="img" aria-labelledby="(\S+) (\S+)"/.exec(chart) ?? [];
      expect(chart).toContain(`<title id="${title}">`);
      expect(chart).toContain(`<desc id="${desc}">`);
      expect(chart.split('</figure>')[0]).toContain('<table>');
    }
  });
});

describe('a file that is no report', () => {
  it.each(['', '<!doctype html>\n<title>Mine</title>', '# Notes', '{"report": "weekly"}', '{}'])(
    'is not taken for one: %j',
    (head) => {
      expect(isReport(head)).toBe(false);
    },
  );
});
