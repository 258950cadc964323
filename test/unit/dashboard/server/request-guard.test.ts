import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cookieOf,
  isSameText,
  KEY_HEADER,
  linkKeyOf,
  pageKeyOf,
  refusalOf,
} from '../../../../lib/dashboard/server/request-guard.ts';

const PARTS = { port: 4917, token: 't'.repeat(43) };
const { name, value } = cookieOf(PARTS);
const HOST = '127.0.0.1:4917';
const OWN = {
  host: HOST,
  cookie: `${name}=${value}`,
  [KEY_HEADER]: pageKeyOf(PARTS),
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'cors',
};
const CHANGE = { ...OWN, origin: `http://${HOST}`, 'content-type': 'application/json' };

type Headers = Readonly<Record<string, string | undefined>>;

function statusOf(headers: Headers, method = 'GET', path = '/api/now'): number | undefined {
  const url = new URL(path, 'http://localhost');
  const query = (wanted: string) => url.searchParams.get(wanted) ?? undefined;
  const header = (wanted: string) => headers[wanted];
  return refusalOf({ method, path: url.pathname, header, query }, PARTS)?.status;
}

describe('the guard of the dashboard', () => {
  it('lets our own page ask and change', () => {
    expect(statusOf(OWN)).toBeUndefined();
    expect(statusOf(CHANGE, 'POST')).toBeUndefined();
  });

  it.each(['127.0.0.1:4917', 'localhost:4917', 'LOCALHOST:4917', '[::1]:4917'])(
    'answers for the host %s',
    (host) => {
      expect(statusOf({ ...OWN, host })).toBeUndefined();
    },
  );

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:4917',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:4918',
    '127.0.0.1.evil.example:4917',
    'localhost.:4917',
    'localhost:4917.evil.example',
    'evil@127.0.0.1:4917',
    '0.0.0.0:4917',
    '2130706433:4917',
    '[::ffff:127.0.0.1]:4917',
  ])('refuses the host %j, with the cookie and without', (host) => {
    expect(statusOf({ ...OWN, host })).toBe(421);
    expect(statusOf({ host }, 'GET', '/')).toBe(421);
    expect(statusOf({ host, authorization: `Bearer ${PARTS.token}` })).toBe(421);
  });

  it.each([
    'http://evil.example',
    'null',
    'http://127.0.0.1',
    'http://127.0.0.1:3000',
    'https://127.0.0.1:4917',
    'http://localhost:4917',
    'file://',
  ])('refuses a request from the origin %s, to read and to change', (origin) => {
    expect(statusOf({ ...OWN, origin })).toBe(403);
    expect(statusOf({ ...CHANGE, origin }, 'POST')).toBe(403);
  });

  it.each(['cross-site', 'same-site', 'unheard-of'])(
    'refuses data to a page that is %s',
    (site) => {
      const headers = { ...OWN, 'sec-fetch-site': site };
      expect(statusOf(headers)).toBe(403);
      expect(statusOf({ ...headers, 'sec-fetch-mode': 'navigate' })).toBe(403);
      expect(statusOf(headers, 'GET', '/assets/page.js')).toBe(403);
      expect(statusOf(headers, 'GET', '/metrics')).toBe(403);
      expect(statusOf(headers, 'GET', '/')).toBe(403);
      expect(statusOf({ ...CHANGE, 'sec-fetch-site': site }, 'POST')).toBe(403);
      expect(
        statusOf({ ...CHANGE, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }, 'POST'),
      ).toBe(403);
    },
  );

  it('lets a page be opened from anywhere, with the cookie', () => {
    const headers = { ...OWN, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(statusOf(headers, 'GET', '/sessions')).toBeUndefined();
    expect(statusOf({ ...headers, cookie: undefined }, 'GET', '/sessions')).toBe(401);
  });

  it('refuses a change that does not say where it comes from', () => {
    expect(statusOf({ ...CHANGE, origin: undefined }, 'POST')).toBe(403);
    const program = { host: HOST, 'content-type': 'application/json' };
    expect(
      statusOf({ ...program, authorization: `Bearer ${PARTS.token}` }, 'POST'),
    ).toBeUndefined();
    expect(statusOf({ ...program, authorization: 'Bearer x' }, 'POST')).toBe(401);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', undefined])(
    'refuses a change as %s, which a form could send',
    (type) => {
      expect(statusOf({ ...CHANGE, 'content-type': type }, 'POST')).toBe(415);
    },
  );

  it('takes JSON with a charset', () => {
    const type = 'Application/JSON; charset=utf-8';
    expect(statusOf({ ...CHANGE, 'content-type': type }, 'POST')).toBeUndefined();
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT'])('refuses %s', (method) => {
    expect(statusOf(CHANGE, method)).toBe(405);
  });

  it.each([
    ['no cookie', undefined],
    ['an empty one', `${name}=`],
    ['that of another port', `waymark_4918=${value}`],
    ['the token itself', `${name}=${PARTS.token}`],
    ['the beginning of the value', `${name}=${value.slice(0, -1)}`],
    ['a name that ends so', `x${name}=${value}`],
  ])('refuses %s', (_, cookie) => {
    expect(statusOf({ ...OWN, cookie })).toBe(401);
  });

  it('finds its cookie among others, also behind a stale one of its name', () => {
    expect(statusOf({ ...OWN, cookie: `a=b; ${name}=old; ${name}=${value}; c=d` })).toBeUndefined();
  });

  it('takes the token as a bearer token, but not the value of the cookie', () => {
    const bearer = (text: string) =>
      statusOf({ host: HOST, authorization: text }, 'GET', '/metrics');
    expect(bearer(`Bearer ${PARTS.token}`)).toBeUndefined();
    expect(bearer(`bearer  ${PARTS.token}`)).toBeUndefined();
    expect(bearer(`Bearer ${value}`)).toBe(401);
    expect(bearer(`Basic ${PARTS.token}`)).toBe(401);
    expect(bearer(PARTS.token)).toBe(401);
  });

  describe('with the cookie alone, which servers on other ports get', () => {
    const cookieAlone = { ...OWN, [KEY_HEADER]: undefined };

    it.each([
      '/api/now',
      '/api/sessions/x/conversation',
      '/api/live',
      '/api/live?key=',
      `/api/live?key=${value}`,
      '/metrics',
      '/reports/weekly-2026-11-22.html',
      `/api/now?key=${pageKeyOf(PARTS)}`,
      `/reports/weekly-2026-11-22.html?key=${pageKeyOf(PARTS)}`,
    ])('reads nothing that was recorded: %s', (path) => {
      expect(statusOf(cookieAlone, 'GET', path)).toBe(401);
      expect(statusOf({ host: HOST, cookie: OWN.cookie }, 'GET', path)).toBe(401);
    });

    it('changes nothing', () => {
      expect(statusOf({ ...CHANGE, [KEY_HEADER]: undefined }, 'POST')).toBe(401);
      expect(statusOf({ ...CHANGE, [KEY_HEADER]: value }, 'POST')).toBe(401);
    });

    it.each(['/', '/sessions', '/reports', '/assets/page.js'])(
      'gets what is in this package: %s',
      (path) => {
        expect(statusOf(cookieAlone, 'GET', path)).toBeUndefined();
      },
    );
  });

  it('refuses the key without the cookie', () => {
    expect(statusOf({ ...OWN, cookie: undefined })).toBe(401);
    expect(statusOf({ host: HOST }, 'GET', `/api/live?key=${pageKeyOf(PARTS)}`)).toBe(401);
  });

  it('takes the key of an event stream from its address', () => {
    const headers = { ...OWN, [KEY_HEADER]: undefined };
    expect(statusOf(headers, 'GET', `/api/live?key=${pageKeyOf(PARTS)}`)).toBeUndefined();
  });

  it('opens a report by a link that opens no other', () => {
    const [one, other] = ['/reports/weekly-2026-11-22.html', '/reports/cost-2026-11-22.html'];
    const key = linkKeyOf(one, PARTS);
    const opened = { host: HOST, cookie: OWN.cookie, 'sec-fetch-mode': 'navigate' };
    expect(statusOf(opened, 'GET', `${one}?key=${key}`)).toBeUndefined();
    expect(statusOf(opened, 'GET', `${other}?key=${key}`)).toBe(401);
    expect(statusOf({ ...opened, cookie: undefined }, 'GET', `${one}?key=${key}`)).toBe(401);
    expect(statusOf(opened, 'GET', one)).toBe(401);
  });

  it('gives each token and port a key of its own', () => {
    const keys = [PARTS, { ...PARTS, port: 4918 }, { ...PARTS, token: 'u'.repeat(43) }].flatMap(
      (parts) => [pageKeyOf(parts), linkKeyOf('/reports/x', parts), cookieOf(parts).value],
    );
    expect(new Set(keys).size).toBe(9);
  });

  it('gives each token and port a cookie of its own', () => {
    expect(cookieOf({ ...PARTS, port: 4918 }).value).not.toBe(value);
    expect(cookieOf({ ...PARTS, token: 'u'.repeat(43) }).value).not.toBe(value);
  });
});

describe('isSameText', () => {
  it('says whether texts are equal, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(isSameText(one, one)).toBe(true);
        expect(isSameText(one, other)).toBe(one === other);
      }),
    );
  });
});
