import { redactTokens } from '../../secrets/redact.ts';

/** A valid webhook URL, or why it was rejected, without repeating it. */
export type ParsedWebhookUrl =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Parses a webhook URL: https for any host, http for this machine only. Decides by the text,
 * `localhost` or an address in 127.0.0.0/8 or ::1; resolves no name.
 */
export function parseWebhookUrl(text: string): ParsedWebhookUrl {
  if (!URL.canParse(text)) return refused('it is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return refused('it holds a user name or a password; the signature proves who sends');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refused('it must begin with https://');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return refused('http:// is only for this machine; use https://');
  url.hash = '';
  return { ok: true, url: url.href };
}

/**
 * Returns a URL for display: without its query, and without path segments that may be secret, as
 * many services use them.
 */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const { origin, pathname, search } = new URL(text);
  const path = pathname
    .split('/')
    .map((segment) => (/^(?=.*\d).{16,}$/.test(segment) ? '…' : segment));
  return redactTokens(`${origin}${path.join('/')}${search === '' ? '' : '?…'}`);
}

/** `URL` has already normalised every notation of an address. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refused(reason: string): ParsedWebhookUrl {
  return { ok: false, reason };
}
