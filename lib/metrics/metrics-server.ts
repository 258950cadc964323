import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { MetricsText } from './read-metrics.ts';

export interface MetricsServerParts {
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  readonly read: () => Promise<MetricsText>;
}

/** A server for `/metrics`, and nothing else. */
export interface MetricsServer {
  readonly port: number;
  readonly close: () => void;
}

/** Only this machine can reach it. */
const ADDRESS = '127.0.0.1';

/** One Prometheus needs one; more are not held up for long. */
const MAX_CONNECTIONS = 16;
const REQUEST_TIME_MS = 5_000;

/**
 * Listens on loopback. It does not keep the process running. Each request needs the token as
 * bearer, and a Host of this machine, so that no web page can reach it under another name.
 * @throws the errno of `listen`: EADDRINUSE when the port is taken.
 */
export function openMetricsServer(parts: MetricsServerParts): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: REQUEST_TIME_MS }, (request, response) => {
    void answer(parts, request, response);
  });
  server.headersTimeout = REQUEST_TIME_MS;
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket) => socket.unref());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.port, ADDRESS, () => {
      server.off('error', reject);
      server.on('error', () => undefined); // of one connection: the others go on
      server.unref();
      resolve({ port: portOf(server), close: () => close(server) });
    });
  });
}

async function answer(
  { token, read }: MetricsServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const status = refusalOf(request, token);
  if (status !== undefined) return end(response, status, REFUSALS[status]);
  try {
    const { text, contentType } = await read();
    end(response, 200, request.method === 'HEAD' ? '' : text, contentType);
  } catch {
    end(response, 503, 'Cannot read the metrics: see `waymark doctor`.\n');
  }
}

const REFUSALS = {
  400: 'Cannot answer the request: its Host header does not name this machine.\n',
  401: 'Cannot answer the request: it has no valid bearer token. It is in metrics-token.\n',
  404: 'Cannot find the page: this server serves /metrics only.\n',
  405: 'Cannot answer the request: use GET.\n',
} as const;

function refusalOf(request: IncomingMessage, token: string): keyof typeof REFUSALS | undefined {
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/i.test(request.headers.host ?? '')) return 400;
  if (!isBearer(request.headers.authorization, token)) return 401;
  if ((request.url ?? '').split('?')[0] !== '/metrics') return 404;
  return request.method === 'GET' || request.method === 'HEAD' ? undefined : 405;
}

/** Whether a header carries the token; takes as long for a wrong one, whatever is wrong with it. */
export function isBearer(header: string | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(hashOf(given), hashOf(token));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  response.end(text);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}
