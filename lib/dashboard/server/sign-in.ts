import { cookieOf, type GuardParts, isSameText, pageKeyOf } from './request-guard.ts';
import { securityHeaders } from './response-headers.ts';

/** Browsers keep no cookie longer than 400 days; each visit with the printed URL renews it. */
const COOKIE_SECONDS = 400 * 86_400;

/**
 * Answers a page that was opened with `?token=…`: sets the cookie and leads to the same page without
 * the token. Its key follows `#`, which browsers do not send: the page stores it. `undefined` when the URL has no token; a wrong one is refused like a missing one.
 */
export function signIn(request: Request, parts: GuardParts): Response | undefined {
  const url = new URL(request.url);
  const token = url.searchParams.get('token');
  if (token === null || !isSameText(token, parts.token)) return undefined;
  url.searchParams.delete('token');
  const clean = `${cleanPath(url)}#key=${pageKeyOf(parts)}`;
  const { name, value } = cookieOf(parts);
  const headers = {
    ...securityHeaders(request),
    'set-cookie': `${name}=${value}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Strict`,
  };
  // After a link on a page of another site, a browser would follow a redirect without the cookie:
  // the page leads on by itself instead.
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'none' && site !== 'same-origin') return moveOn(clean, headers);
  return new Response(null, { status: 303, headers: { ...headers, location: clean } });
}

/**
 * A link on a page of another site opens a page without the cookie, because it is SameSite=Strict.
 * The answer asks for the same page again, now from our own site.
 */
export function askAgain(request: Request): Response | undefined {
  const site = request.headers.get('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return undefined;
  return moveOn(cleanPath(new URL(request.url)), securityHeaders(request));
}

/** One slash at the beginning: `//host` would lead to another site. */
function cleanPath({ pathname, search }: URL): string {
  return `/${pathname.replace(/^[/\\]+/, '')}${search}`;
}

function moveOn(path: string, headers: Readonly<Record<string, string>>): Response {
  const body = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${escaped(path)}"><title>waymark</title>`;
  return new Response(body, {
    headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
  });
}

/** How a person gets in. */
export const SIGN_IN = 'Open the address that `waymark dashboard` prints.';

/** What a person sees without the cookie. Says nothing about what is recorded. */
export function signInPage(request: Request): Response {
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>waymark: not signed in</title>
<main><h1>Not signed in</h1>
<p>${SIGN_IN.replace(/`(.+?)`/, '<code>$1</code>')} It contains a token, so that other users of this machine cannot read your sessions.</p>
</main></html>`;
  return new Response(body, {
    status: 401,
    headers: { ...securityHeaders(request), 'content-type': 'text/html; charset=utf-8' },
  });
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
