/**
 * What a page of the dashboard may do: load from this server, and nothing else. No inline script or
 * style, no frame, no form, no plugin; text cannot become markup even by mistake (Trusted Types).
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const OPENER_POLICY = 'cross-origin-opener-policy';

/** Recorded prompts must not stay in a cache or leave by a referrer. */
const WITH_EVERY_ANSWER: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex',
};

/**
 * The headers of an answer. A page that another page may have opened loses its opener, which makes
 * the browser start a process for it after the answer has come: the first paint takes twice as
 * long. Who types the address, or uses a bookmark or a link of a terminal, has no opener.
 */
export function securityHeaders({ headers }: Request): Readonly<Record<string, string>> {
  if (headers.get('sec-fetch-site') === 'none') return WITH_EVERY_ANSWER;
  return { ...WITH_EVERY_ANSWER, [OPENER_POLICY]: 'same-origin' };
}

/**
 * What a report may do: have its own style, and nothing else. It is a document of no origin
 * (`sandbox`): whatever is in it, no script runs, and it reaches neither the dashboard nor its
 * cookie.
 */
const REPORT_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  'sandbox',
].join('; ');

/** Goes with a report instead of the same ones of {@link securityHeaders}. */
export const REPORT_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': REPORT_POLICY,
  // a browser does not open a sandboxed document that asks for a group of its own
  [OPENER_POLICY]: 'unsafe-none',
};
