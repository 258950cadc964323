import { describe, expect, it } from 'vitest';
import { cookieOf, pageKeyOf } from '../../../../lib/dashboard/server/request-guard.ts';
import { ORIGIN, PORT, testDashboard, TOKEN } from '../../../support/test-dashboard.ts';

const VISIT = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' };
const FROM_ELSEWHERE = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };

describe('the printed address', () => {
  it('sets a cookie that scripts cannot read and leads to the address without the token', async () => {
    const { fetch } = testDashboard();
    const response = await fetch(`/sessions?tag=x&token=${TOKEN}`, { headers: VISIT });
    expect(response.status).toBe(303);
    const key = pageKeyOf({ port: PORT, token: TOKEN });
    expect(response.headers.get('location')).toBe(`/sessions?tag=x#key=${key}`);
    const { name, value } = cookieOf({ port: PORT, token: TOKEN });
    expect(response.headers.get('set-cookie')).toBe(
      `${name}=${value}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict`,
    );
    expect(await response.text()).not.toContain(TOKEN);
  });

  it('leads on by the page itself after a link on another site, which a redirect could not', async () => {
    const { fetch } = testDashboard();
    const response = await fetch(`/?token=${TOKEN}`, { headers: FROM_ELSEWHERE });
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toContain('SameSite=Strict');
    expect(await response.text()).toMatch(/content="0;url=\/#key=[\w-]{43}"/);
  });

  it.each(['wrong', '', TOKEN.slice(1), `${TOKEN}a`])('refuses the token %j', async (token) => {
    const { fetch } = testDashboard();
    const response = await fetch(`/?token=${token}`, { headers: VISIT });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it.each([`//evil.example/?token=${TOKEN}`, `/\\evil.example/?token=${TOKEN}`])(
    'never leads to another site: %s',
    async (path) => {
      const { fetch } = testDashboard();
      const { headers } = await fetch(path, { headers: VISIT });
      expect(headers.get('location') ?? '/').toMatch(/^\/(?![/\\])/);
    },
  );

  it.each(['/api/now', '/%61pi/now', '/ap%69/now', '/%6detrics'])(
    'gives a page of another port no window with data, however the path is written: %s',
    async (path) => {
      const { fetch, cookie } = testDashboard();
      const headers = { cookie, 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-site' };
      expect((await fetch(path, { headers })).status).toBe(403);
      expect((await fetch(path)).headers.get('content-type')).toContain('application/json');
    },
  );

  it('does not open an address of data, where a foreign page could try tokens', async () => {
    const { fetch } = testDashboard();
    expect((await fetch(`/api/now?token=${TOKEN}`)).status).toBe(401);
  });
});

describe('a visit without the cookie', () => {
  it('says how to get in, and nothing of what is recorded', async () => {
    const { fetch } = testDashboard();
    for (const headers of [VISIT, {}]) {
      const response = await fetch('/sessions/x', { headers });
      expect(response.status).toBe(401);
      const text = await response.text();
      expect(text).toContain('waymark dashboard');
      expect(text).not.toContain('shop');
    }
  });

  it('asks once more after a link on another site, and then no more', async () => {
    const { fetch } = testDashboard();
    const first = await fetch('/sessions?q="><script>', { headers: FROM_ELSEWHERE });
    expect(first.status).toBe(200);
    expect(await first.text()).toContain('url=/sessions?q=%22%3E%3Cscript%3E"');
    const own = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };
    expect((await fetch('/sessions', { headers: own })).status).toBe(401);
  });

  it.each([
    '/api/now',
    '/api/sessions',
    '/api/live',
    '/assets/page.js',
    '/metrics',
    '/api/nothing',
  ])('gets nothing from %s', async (path) => {
    const { fetch } = testDashboard();
    const response = await fetch(path);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'REFUSED' } });
  });
});

describe('every answer', () => {
  it('forbids scripts of others, frames, caches and guesses at its type', async () => {
    const { get, fetch } = testDashboard();
    const answers = [
      await get('/api/now'),
      await get('/'),
      await get('/assets/page.js'),
      await get('/api/sessions?limit=x'),
      await get('/api/nothing'),
      await fetch('/'),
      await fetch('/api/now'),
      await fetch('/', { headers: { host: 'evil.example' } }),
      await fetch(`/?token=${TOKEN}`, { headers: VISIT }),
    ];
    for (const { headers, status } of answers) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, String(status)).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('takes the opener from a page that another page may have opened, and from no other', async () => {
    const { fetch, cookie } = testDashboard();
    const policyOf = async (path: string, site: string | undefined) => {
      const from = site === undefined ? {} : { 'sec-fetch-site': site };
      const { headers } = await fetch(path, {
        headers: { cookie, 'sec-fetch-mode': 'navigate', ...from },
      });
      return headers.get('cross-origin-opener-policy');
    };
    for (const path of ['/', `/?token=${TOKEN}`]) {
      for (const site of ['cross-site', 'same-site', 'same-origin', undefined])
        expect(await policyOf(path, site), site).toBe('same-origin');
      // it would cost whoever types the address a second process
      expect(await policyOf(path, 'none')).toBeNull();
    }
  });

  it('serves the page at every address that is none of data', async () => {
    const { get } = testDashboard();
    for (const path of ['/', '/sessions', '/sessions/a%2Fb', '/no/such/page', '/apiary']) {
      const response = await get(path);
      expect(response.status, path).toBe(200);
      expect(await response.text()).toContain('<title>page</title>');
    }
    for (const path of ['/api/nothing', '/api', '/assets/nothing.js', '/assets/../page.js'])
      expect((await get(path)).status, path).toBe(path.includes('..') ? 200 : 404);
  });

  it('serves no file but those of the page, however the path is written', async () => {
    const { get } = testDashboard();
    for (const path of [
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/etc/passwd',
      '/assets//etc/passwd',
      '/assets/page.js%00.css',
    ])
      expect(await (await get(path)).text(), path).not.toMatch(/waymark"|root:/);
  });
});

describe('a change', () => {
  it('is refused when its body is too long, no JSON, or no object', async () => {
    const { post } = testDashboard();
    const path = '/api/sessions/x/tags';
    expect((await post(path, { add: ['x'.repeat(70_000)] })).status).toBe(413);
    for (const body of ['', '[]', '"x"', '{', 'null', '7'])
      expect((await post(path, body)).status, body).toBe(400);
  });

  it('shows the fault in the words of waymark, with what to do', async () => {
    const { post } = testDashboard();
    const response = await post('/api/sessions/nope/tags', { add: ['a'] });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        code: 'NOT_FOUND',
        message: 'Cannot find the session: no id begins with nope',
        remedy: '`waymark sessions` lists them.',
      },
    });
  });

  it('is not made by a request to read', async () => {
    const { get } = testDashboard();
    expect((await get('/api/sessions/x/tags')).status).toBe(404);
    expect((await get('/api/restore/run')).status).toBe(404);
  });

  it('reaches no route when a foreign page sends it, with the cookie', async () => {
    const { fetch, cookie, ask } = testDashboard();
    const before = await ask('/api/sessions');
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:3000'])
      for (const type of ['application/json', 'text/plain']) {
        const response = await fetch('/api/sessions/aaaa1111/tags', {
          method: 'POST',
          headers: { cookie, origin, 'content-type': type, 'sec-fetch-site': 'same-site' },
          body: '{"add":["stolen"]}',
        });
        expect(response.status).toBe(403);
      }
    expect(await ask('/api/sessions')).toEqual(before);
  });
});

describe('a fault that nobody expected', () => {
  it('is told to the page without its stack, and to whoever serves it whole', async () => {
    const { app, bugs, own } = testDashboard();
    app.get('/api/broken', () => {
      throw new Error('it broke');
    });
    const headers = { ...own, host: `127.0.0.1:${PORT}` };
    const response = await app.fetch(new Request(`${ORIGIN}/api/broken`, { headers }));
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('This is a bug in waymark: it broke');
    expect(text).not.toContain('.ts:');
    expect(bugs).toHaveLength(1);
  });
});
