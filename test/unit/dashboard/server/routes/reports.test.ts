import {
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keepReport } from '../../../../../lib/actions/keep-report.ts';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import type {
  ReportsAnswer,
  ReportWritten,
} from '../../../../../lib/dashboard/server/routes/reports.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { namesIn } from '../../../../support/test-home.ts';
import { testDashboard, TOKEN } from '../../../../support/test-dashboard.ts';
import { preparedStore, SESSION } from '../../../cli/prepared-store.ts';

const NAME = 'weekly-2026-11-22.html';
const HOSTILE = '<!doctype html><script>alert(1)</script>';

/** Opened by somebody who has the token, by whatever address. */
function visit(more: Readonly<Record<string, string>> = {}): RequestInit {
  const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const authorization = `Bearer ${TOKEN}`;
  return { headers: { authorization, 'sec-fetch-site': 'same-origin', ...headers, ...more } };
}

function withReports(names: readonly string[], text = HOSTILE) {
  const folder = preparedStore();
  for (const name of names) keepReport(folder, { name, text, sessions: [] });
  return testDashboard({ folder });
}

describe('/api/reports', () => {
  it('lists the reports that can be written, and none as long as none is kept', async () => {
    const { ask } = testDashboard();
    const { reports, kept, more } = await ask<ReportsAnswer>('/api/reports');
    expect(reports.map(({ name }) => name)).toContain('weekly');
    expect([kept, more]).toEqual([[], 0]);
  });

  it('lists kept reports, the latest first, without where the state folder is', async () => {
    const { ask, get, folder } = withReports(['cost-2026-11-15.md', NAME]);
    const { kept } = await ask<ReportsAnswer>('/api/reports');
    expect(kept).toMatchObject([
      { name: NAME, report: 'weekly', day: '2026-11-22', format: 'html', bytes: HOSTILE.length },
      { name: 'cost-2026-11-15.md', report: 'cost', format: 'md' },
    ]);
    expect(await (await get('/api/reports')).text()).not.toContain(folder.root);
  });

  it('lists at most 500 and counts the others', async () => {
    const { ask, folder } = withReports([NAME]);
    for (let day = 1; day <= 520; day += 1)
      writeFileSync(`${folder.reports}/cost-${1000 + day}-01-01.md`, 'x');
    const { kept, more } = await ask<ReportsAnswer>('/api/reports');
    expect([kept.length, kept[0]?.name, more]).toEqual([500, NAME, 21]);
  });

  it.each(['html', 'md', 'json'])('writes one now as %s, closed to others', async (format) => {
    const { post, ask, folder } = testDashboard();
    const response = await post('/api/reports', { report: 'cost', format });
    const written: ReportWritten = JSON.parse(await response.text());
    const file = `${folder.reports}/${written.name}`;
    expect(written.name).toMatch(new RegExp(`^cost-2026-11-22\\.${format}$`));
    expect(statSync(file)).toMatchObject({ size: written.bytes, mode: 0o100600 });
    expect(readFileSync(file, 'utf8')).toMatch(/cost/i);
    expect(readFileSync(`${file}.sessions`, 'utf8')).not.toContain(SESSION);
    const { kept } = await ask<ReportsAnswer>('/api/reports');
    expect(kept.map(({ name }) => name)).toEqual([written.name]);
  });

  it('replaces one of the same day, also when two are written at once', async () => {
    const { post, folder } = testDashboard();
    const body = { report: 'weekly', format: 'html' };
    const both = await Promise.all([post('/api/reports', body), post('/api/reports', body)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(namesIn(folder.reports)).toEqual([NAME, `${NAME}.sessions`]);
  });

  it.each([
    {},
    { report: 'weekly' },
    { report: 'weekly', format: 'exe' },
    { report: '../weekly', format: 'html' },
    { report: 7, format: 'html' },
  ])('refuses to write %j', async (body) => {
    const { post, folder } = testDashboard();
    expect((await post('/api/reports', body)).status).toBe(400);
    expect(namesIn(folder.reports)).toEqual([]);
  });

  it('says why none can be written', async () => {
    const folder = stateFolderAt(`${tempFolder()}/open`, {}, []);
    mkdirSync(folder.root);
    chmodSync(folder.root, 0o755); // whatever the umask of this process is
    const { post } = testDashboard({ folder });
    const response = await post('/api/reports', { report: 'weekly', format: 'html' });
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('open to others');
  });
});

describe('/reports/NAME', () => {
  it('is a document of no origin that may have a style and nothing else', async () => {
    const { fetch } = withReports([NAME]);
    const { status, headers, ...response } = await answerOf(fetch(`/reports/${NAME}`, visit()));
    expect([status, response.text]).toEqual([200, HOSTILE]);
    const policy = (headers.get('content-security-policy') ?? '').split('; ');
    expect(policy).toContain('sandbox');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.filter((part) => part.startsWith('script-src'))).toEqual([]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
  });

  it('leaves the policy of every other page as it is', async () => {
    const { fetch } = withReports([NAME]);
    for (const path of ['/reports', '/', '/reports/a/b']) {
      const { headers } = await fetch(path, visit());
      expect(headers.get('content-security-policy')).toContain("style-src 'self'");
      expect(headers.get('cross-origin-opener-policy')).not.toBe('unsafe-none');
    }
  });

  it.each([
    ['cost-2026-11-22.md', 'text/markdown; charset=utf-8'],
    ['cost-2026-11-22.json', 'application/json; charset=utf-8'],
  ])('is downloaded where it is no page: %s', async (name, type) => {
    const { fetch } = withReports([name]);
    const { headers } = await fetch(`/reports/${name}`, visit());
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${name}"`);
    expect(headers.get('content-security-policy')).toContain('sandbox');
  });

  it('needs the token', async () => {
    const { fetch, cookie } = withReports([NAME]);
    for (const headers of [{}, { cookie }]) {
      const without = await answerOf(fetch(`/reports/${NAME}`, { headers }));
      expect(without.status).toBe(401);
      expect(without.text).not.toContain('alert');
    }
  });

  it('is opened by the link of the list, and that opens no other', async () => {
    const { fetch, ask, cookie } = withReports([NAME, 'cost-2026-11-22.html']);
    const { kept } = await ask<ReportsAnswer>('/api/reports');
    const headers = { cookie, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    for (const { name, href } of kept) {
      expect((await fetch(href, { headers })).status, name).toBe(200);
      const other = href.replace(name, name === NAME ? 'cost-2026-11-22.html' : NAME);
      expect((await fetch(other, { headers })).status).toBe(401);
    }
  });

  it.each(['script', 'style', 'iframe', 'object', 'worker', 'serviceworker', 'image'])(
    'is not given to a page as %s',
    async (destination) => {
      const { fetch } = withReports([NAME]);
      const how = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': destination };
      const { status, text } = await answerOf(fetch(`/reports/${NAME}`, visit(how)));
      expect(status).toBe(400);
      expect(text).not.toContain('alert');
    },
  );

  it.each([
    ...['weekly-2026-11-23.html', 'notes.md', `${NAME}.sessions`, '..%2Fconfig.json'],
    ...['..%2Freports%2Fweekly-2026-11-22.html', '%00', '%E0%A4%A', 'x'.repeat(3_000)],
  ])('is only what is in the list: %s', async (name) => {
    const { fetch, folder, bugs } = withReports([NAME]);
    for (const file of [folder.configFile, `${folder.reports}/notes.md`]) writeFileSync(file, '{}');
    const { status, text } = await answerOf(fetch(`/reports/${name}`, visit()));
    expect(status).toBe(404);
    expect(text.length).toBeLessThan(500);
    expect(bugs).toEqual([]);
  });

  it('is no link, and none that is too large', async () => {
    const { fetch, ask, folder } = withReports([NAME]);
    writeFileSync(`${folder.root}/secret`, 'secret');
    symlinkSync(`${folder.root}/secret`, `${folder.reports}/cost-2026-11-22.html`);
    truncateSync(`${folder.reports}/${NAME}`, 16_000_001);
    const linked = await answerOf(fetch('/reports/cost-2026-11-22.html', visit()));
    expect([linked.status, linked.text.includes('secret')]).toEqual([404, false]);
    const large = await answerOf(fetch(`/reports/${NAME}`, visit()));
    expect([large.status, large.text.includes('larger than')]).toEqual([404, true]);
    const { kept } = await ask<ReportsAnswer>('/api/reports');
    expect(kept.map(({ name }) => name)).toEqual([NAME]);
  });
});

async function answerOf(asked: Promise<Response>) {
  const response = await asked;
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}
