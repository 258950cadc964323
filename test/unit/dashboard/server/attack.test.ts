import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '../../../support/hostile-home.ts';
import { testDashboard, TOKEN } from '../../../support/test-dashboard.ts';
import { preparedStore, SESSION } from '../../cli/prepared-store.ts';

const SECRET = 'only-the-owner-reads-this';

/** What stands in a path in place of a name. */
const NAMES = [
  ...['..%2f..%2fsecret', '%2e%2e%2fsecret', '..%5c..%5csecret', '....%2f%2fsecret', '%00', '%'],
  ...['%2Fetc%2Fpasswd', '%c0%ae%c0%ae%2fsecret', encodeURIComponent(HOSTILE), 'x'.repeat(5_000)],
  ...['__proto__', 'constructor', "'%20OR%201=1--", '%25%32%65', SESSION],
];

const QUERIES = [
  ...['q', 'id', 'session', 'type', 'source', 'before', 'from', 'show', 'days', 'limit'].map(
    (name) => `${name}=${'%22%27;*('.repeat(10_000)}`,
  ),
  Array.from({ length: 5_000 }, (_none, index) => `a${index}=1`).join('&'),
  'days=1e309&limit=-1&show=NaN&before=9007199254740993&from=0x10&offset=1.5',
  'from=../../secret&to=..%2f..%2fsecret&folder=%2f..%2f..&worktree=relative&q=%00&key=a&key=b',
];

/** Values of fields that no page of ours sends. */
const VALUES: readonly unknown[] = [
  ...[null, 0, -1, 1e308, '', '../../secret', '\0', HOSTILE, 'x'.repeat(20_000), true, [], {}],
  ...[
    [null],
    [['a']],
    [{}],
    { length: 1e9 },
    ['__proto__'],
    Array.from({ length: 5_000 }, () => 'a'),
  ],
];

const FIELDS = [
  ...['id', 'ids', 'all', 'add', 'remove', 'change', 'action', 'report', 'format', 'checkpoint'],
  ...['worktree', 'folder', 'paths', 'plan', 'token', 'removeNew', 'handler', 'session', 'undo'],
];

const BODIES = ['', '{', '[]', 'null', '"x"', '7', `${'['.repeat(20_000)}`, '{"a":'.repeat(5_000)];

/** A dashboard beside whose folder a secret lies, and all its routes. */
function attacked() {
  const folder = preparedStore();
  for (const place of [folder.root, `${folder.root}/..`]) writeFileSync(`${place}/secret`, SECRET);
  const dashboard = testDashboard({ folder, environment: { WAYMARK_AUTOSTART: 'false' } });
  const routes = dashboard.app.routes.filter(({ path }) => !path.includes('*'));
  const pathsOf = (method: string): readonly string[] =>
    routes.flatMap(({ method: own, path }) =>
      own !== method || path === '/api/live' // a stream without an end
        ? []
        : path.includes(':')
          ? NAMES.map((name) => path.replace(/:\w+/, name))
          : [path],
    );
  const expectRefused = async (response: Response, what: string): Promise<void> => {
    expect(response.status, what).toBeLessThan(600);
    expect([500, 502], what).not.toContain(response.status);
    const text = await response.text();
    expect(text, what).not.toContain(SECRET);
    expect(text, what).not.toContain(dashboard.key);
  };
  // a program: a link to a report has a key of its own
  const get = (path: string) =>
    dashboard.fetch(path, { headers: { authorization: `Bearer ${TOKEN}` } });
  return { ...dashboard, get, pathsOf, expectRefused };
}

describe('an attacker who has the token', { timeout: 120_000 }, () => {
  it('gets no file and no bug by any name in a path', async () => {
    const { get, pathsOf, expectRefused, bugs } = attacked();
    expect(pathsOf('GET').length).toBeGreaterThan(50);
    for (const path of pathsOf('GET')) await expectRefused(await get(path), path);
    expect(bugs).toEqual([]);
  });

  it('gets no file and no bug by any query, also by one of a hundred kilobytes', async () => {
    const { get, pathsOf, expectRefused, bugs } = attacked();
    const paths = pathsOf('GET').filter((path) => !NAMES.some((name) => path.includes(name)));
    for (const path of [...paths, `/api/sessions/${SESSION}`])
      for (const query of QUERIES)
        await expectRefused(await get(`${path}?${query}`), `${path}?${query.slice(0, 40)}`);
    expect(bugs).toEqual([]);
  });

  it('causes no bug by what is in a change', async () => {
    const { post, pathsOf, expectRefused, bugs } = attacked();
    const paths = pathsOf('POST').filter((path) => !path.includes('x'.repeat(100)));
    expect(paths.length).toBeGreaterThan(6);
    for (const path of paths) {
      for (const body of BODIES) await expectRefused(await post(path, body), `${path} ${body}`);
      for (const value of VALUES) {
        const fields = Object.fromEntries(FIELDS.map((name) => [name, value]));
        const what = `${path} ${JSON.stringify(value).slice(0, 60)}`;
        await expectRefused(await post(path, fields), what);
      }
    }
    expect(bugs).toEqual([]);
  });

  it('writes no report to where a name leads', async () => {
    const { folder, post, expectRefused, bugs } = attacked();
    rmSync(folder.reports, { recursive: true, force: true });
    for (const report of ['../../x', '/etc/x', 'weekly/../../x', '__proto__', HOSTILE])
      for (const format of ['html', '../x', 'toString'])
        await expectRefused(await post('/api/reports', { report, format }), `${report} ${format}`);
    expect(bugs).toEqual([]);
  });
});
