import { redactTokens } from '../../secrets/redact.ts';

/** An address that may be posted to, or why not, without repeating it. */
export type AcceptedUrl =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Takes an address for a webhook: https anywhere, http to this machine alone. What counts is what is written there, `localhost` or an address of 127.0.0.0/8
 * or ::1; no name is looked up.
 */
export function acceptUrl(text: string): AcceptedUrl {
  if (!URL.canParse(text)) return refused('it is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return refused('it holds a user name or a password; the signature says who sends');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refused('it must begin with https://');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return refused('http:// is for this machine alone; use https://');
  url.hash = '';
  return { ok: true, url: url.href };
}

/** An address as it may be shown: without its query, and without path segments that may be a secret, which many services put there. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const { origin, pathname, search } = new URL(text);
  const path = pathname
    .split('/')
    .map((segment) => (/^(?=.*\d).{16,}$/.test(segment) ? '…' : segment));
  return redactTokens(`${origin}${path.join('/')}${search === '' ? '' : '?…'}`);
}

/** `URL` has already brought every way of writing an address into one form. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refused(reason: string): AcceptedUrl {
  return { ok: false, reason };
}
