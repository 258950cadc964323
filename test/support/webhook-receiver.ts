import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What a receiver got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  readonly url: string;
  /** Every whole request, in the order in which they came. */
  readonly received: readonly Received[];
  /** Connections that were opened so far. */
  readonly connections: () => number;
  /** Stops at once, as if it were killed: every connection breaks. */
  kill(): Promise<void>;
}

export interface ReceiverOptions {
  /** Left out: any free one. */
  readonly port?: number;
  readonly isTls?: boolean;
  /** Left out: 204 and nothing more. */
  readonly answer?: (response: ServerResponse, count: number, request: Received) => void;
}

/** Path of the self-signed certificate of a TLS receiver, for `localhost`. */
export const CERTIFICATE = fileURLToPath(
  new URL('../fixtures/tls/certificate.pem', import.meta.url),
);

/** A receiver on this machine, which ends with the test. */
export async function startReceiver({
  port = 0,
  isTls = false,
  answer = (response) => response.writeHead(204).end(),
}: ReceiverOptions = {}): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) =>
    void bodyOf(request).then((body) => {
      const got = { headers: request.headers, body };
      received.push(got);
      answer(response, received.length, got);
    });
  const server = isTls ? createHttpsServer(tlsFiles(), listener) : createHttpServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  const bound = await listen(server, port);
  const kill = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  onTestFinished(kill);
  return {
    port: bound,
    url: isTls ? `https://localhost:${bound}/hook` : `http://127.0.0.1:${bound}/hook`,
    received,
    connections: () => connections,
    kill,
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function tlsFiles(): { readonly key: string; readonly cert: string } {
  return {
    key: readFileSync(CERTIFICATE.replace('certificate.pem', 'key.pem'), 'utf8'),
    cert: readFileSync(CERTIFICATE, 'utf8'),
  };
}
