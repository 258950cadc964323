import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What the guard looks at in a request. */
export interface GuardedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** A parameter of the query. */
  readonly query: (name: string) => string | undefined;
}

/** How a request was refused. `reason` follows "Cannot answer the request: ". */
export interface Refusal {
  readonly status: 401 | 403 | 405 | 415 | 421;
  readonly reason: string;
}

/** What makes one dashboard different from another on this machine. */
export interface GuardParts {
  readonly port: number;
  readonly token: string;
}

const METHODS = new Set(['GET', 'HEAD', 'POST']);

/**
 * Decides whether a request may be answered; `undefined` means yes. Everything needs the token.
 *
 * - Host must name this server, or a page of another site whose name resolves to 127.0.0.1 could
 *   read answers (DNS rebinding).
 * - Origin and Sec-Fetch-Site must be our own where a browser sends them. SameSite cookies ignore
 *   the port, so a page that another program serves on localhost would count as the same site.
 * - The token comes as a bearer token from programs. A page has the cookie that the printed URL
 *   sets, and for all data also a key: a browser sends cookies to servers on other ports of
 *   127.0.0.1, too, but what a page stores belongs to its port alone.
 */
export function refusalOf(request: GuardedRequest, parts: GuardParts): Refusal | undefined {
  const { method, header } = request;
  if (!METHODS.has(method)) return { status: 405, reason: `${method} is not used here` };
  const host = header('host')?.toLowerCase();
  if (host === undefined || !ownHosts(parts.port).includes(host))
    return { status: 421, reason: 'it names another host than this server' };
  const isNavigation = isPageRequest(request);
  const foreign = foreignCaller(request, host, isNavigation);
  if (foreign !== undefined) return { status: 403, reason: foreign };
  if (method === 'POST' && !isJson(header('content-type')))
    return { status: 415, reason: 'a change is sent as application/json' };
  if (hasToken(request, parts)) return undefined;
  return { status: 401, reason: 'it has no valid token' };
}

/** Whether a person opens a page, rather than a page asking for data. */
export function isPageRequest({ method, path, header }: GuardedRequest): boolean {
  if (method !== 'GET' || isData(path)) return false;
  const mode = header('sec-fetch-mode');
  return mode === undefined || mode === 'navigate';
}

/** Paths that never are a page. */
function isData(path: string): boolean {
  return path.startsWith('/api/') || path === '/metrics' || path.startsWith('/assets/');
}

/** Whether the answer is part of this package, the same for everybody. */
function isPackaged(path: string): boolean {
  return path.startsWith('/assets/') || !(isData(path) || path.startsWith('/reports/'));
}

/** Why the caller is not our own page; `undefined` when it is, or when it is no page at all. */
function foreignCaller(
  { method, header }: GuardedRequest,
  host: string,
  isNavigation: boolean,
): string | undefined {
  const origin = header('origin');
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`)
    return 'it comes from a page of another origin';
  const site = header('sec-fetch-site');
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  if (!isOwn && !isNavigation) return 'it comes from a page of another site';
  const isProgram = header('authorization') !== undefined;
  if (method === 'POST' && origin === undefined && !isProgram)
    return 'a change must name the page that it comes from (Origin)';
  return undefined;
}

function ownHosts(port: number): readonly string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])];
}

function isJson(type: string | undefined): boolean {
  return type?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

function hasToken(request: GuardedRequest, parts: GuardParts): boolean {
  const { header, path } = request;
  const [, bearer] = /^Bearer +(\S+)$/i.exec(header('authorization') ?? '') ?? [];
  if (bearer !== undefined) return isSameText(bearer, parts.token);
  const { name, value } = cookieOf(parts);
  const given = cookieValues(header('cookie') ?? '', name);
  return (
    given.some((one) => isSameText(one, value)) && (isPackaged(path) || hasKey(request, parts))
  );
}

/** An event stream and a link have no headers of their own: they have a key in the address. */
function hasKey({ header, path, query }: GuardedRequest, parts: GuardParts): boolean {
  if (path.startsWith('/reports/')) return isSameText(query('key') ?? '', linkKeyOf(path, parts));
  const given = header(KEY_HEADER) ?? (path === '/api/live' ? query('key') : undefined);
  return isSameText(given ?? '', pageKeyOf(parts));
}

/** The header in which a page sends its key. */
export const KEY_HEADER = 'x-waymark-key';

/** What the page keeps in the storage of its origin, which no other port can read. */
export function pageKeyOf(parts: GuardParts): string {
  return derive(parts, 'page');
}

/** What opens one path, and nothing else: it stays in the history of the browser. */
export function linkKeyOf(path: string, parts: GuardParts): string {
  return derive(parts, `link ${path}`);
}

/**
 * The cookie of one dashboard. Browsers send cookies to every port of a host, so its name has the
 * port, and its value is derived from the token: whoever sees it cannot use it as a bearer token,
 * and gets only the files of this package with it.
 */
export function cookieOf(parts: GuardParts): {
  readonly name: string;
  readonly value: string;
} {
  return { name: `waymark_${parts.port}`, value: derive(parts, 'cookie') };
}

function derive({ port, token }: GuardParts, what: string): string {
  return createHmac('sha256', token).update(`${what} of port ${port}`).digest('base64url');
}

function cookieValues(header: string, name: string): readonly string[] {
  return header
    .slice(0, 8_192)
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

/** Compares in a time that does not depend on where the texts differ, or on their lengths. */
export function isSameText(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
