import { lazy } from '../../core/lazy.ts';
import { describeFailedCommand } from './failed-command.ts';

/** A failed network call. */
export interface NetworkFailure {
  /**
   * `web`: a web tool; `mcp`: a tool of an MCP server; `command`: a command whose error is about
   * the network.
   */
  readonly kind: 'web' | 'mcp' | 'command';
  /** A host, or the name of an MCP server. */
  readonly host?: string;
  readonly reason: string;
}

/** Texts of network errors, the most certain first. */
const REASONS: ReadonlyArray<readonly [reason: string, signs: () => RegExp]> = [
  [
    'dns',
    signs(
      'ENOTFOUND|EAI_AGAIN|could(?:n.t| not) resolve|name resolution|name or service not known|nodename nor servname|no such host|getaddrinfo',
    ),
  ],
  [
    'tls',
    signs(
      'TLS handshake|SSL_ERROR|SSL certificate|certificate (?:verify failed|has expired|signed by unknown)|self[- ]signed certificate|unable to get local issuer',
    ),
  ],
  ['refused', signs('ECONNREFUSED|connection (?:was )?refused|connect: connection')],
  ['rate-limited', signs(String.raw`\b429\b|too many requests|rate.?limit`)],
  [
    'unavailable',
    signs(String.raw`\b50[234]\b|service (?:temporarily )?unavailable|bad gateway|overloaded`),
  ],
  [
    'timeout',
    signs(
      'ETIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_TIMEOUT|(?:connection|operation|request|read|connect)[^\n]{0,40}timed? ?out|i/o timeout|deadline exceeded|timeout awaiting',
    ),
  ],
  [
    'reset',
    signs(
      'ECONNRESET|EPIPE|connection (?:was )?(?:reset|aborted|closed)|unexpected disconnect|remote end hung up|early EOF|unexpected EOF|RPC failed',
    ),
  ],
  [
    'unreachable',
    signs(
      'ENETUNREACH|EHOSTUNREACH|network is unreachable|no route to host|failed to connect|unable to connect|could not connect|unable to access .https?:',
    ),
  ],
];

/**
 * Classifies the network failure of a call; `undefined` if it is about something else. Never fails.
 */
export function classifyNetworkFailure(
  tool: string,
  target: string,
  error: string,
): NetworkFailure | undefined {
  const reason = REASONS.find(([, fits]) => fits().test(error))?.[0];
  const server = /^mcp__(.+?)__/.exec(tool)?.[1];
  if (server !== undefined) return { kind: 'mcp', host: server, reason: reason ?? 'other' };
  const host = hostIn(target) ?? hostIn(error);
  const place = host === undefined ? {} : { host };
  if (tool === 'WebFetch' || tool === 'WebSearch')
    return { kind: 'web', ...place, reason: reason ?? statusIn(error) ?? 'other' };
  if (tool !== 'Bash' || reason === undefined) return undefined;
  return describeFailedCommand(tool, target, error, undefined).pattern.kind === 'transient'
    ? { kind: 'command', ...place, reason }
    : undefined;
}

function hostIn(text: string): string | undefined {
  const named =
    /\b(?:https?|wss?|ftps?|ssh|git):\/\/(?:[^\s/@]{1,200}@)?(\[[\da-f:]+\]|[\w.-]{1,253})/i.exec(
      text,
    )?.[1];
  return (
    named ??
    /(?:ENOTFOUND|EAI_AGAIN|resolve host:?|connect to(?: host)?) ["']?([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/i.exec(
      text,
    )?.[1]
  );
}

function statusIn(error: string): string | undefined {
  const status =
    /\b(?:status(?: code)?|HTTP(?:\/[\d.]+)?|error)[: ]{1,2}(?:code )?([45]\d\d)\b/i.exec(
      error,
    )?.[1];
  return status === undefined ? undefined : `status-${status}`;
}

function signs(pattern: string): () => RegExp {
  return lazy(() => new RegExp(pattern, 'i'));
}
