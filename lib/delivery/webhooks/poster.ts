import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';

export interface PostRequest {
  /** As {@link acceptUrl} took it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Certificates in PEM; what they signed is trusted, and nothing else. Left out: what Node trusts. */
  readonly ca?: string;
  /** Ends the call, wherever it is. */
  readonly signal: AbortSignal;
}

/** What a receiver said. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The beginning of the body, as text. */
  readonly head: string;
}

/** Posts over connections that it keeps for a while. */
export interface Poster {
  /** Follows no redirect and uses no proxy. @throws what the network said when there was no answer. */
  post(request: PostRequest): Promise<PostAnswer>;
  /** Ends all connections; nothing is posted any more. */
  close(): void;
}

/** Idle connections end before most servers end theirs, which would look like a failure. */
const IDLE_MS = 4_000;

interface Transport {
  readonly request: (
    url: URL,
    options: RequestOptions & { readonly ca?: string; readonly rejectUnauthorized: boolean },
  ) => ClientRequest;
  readonly agent: Agent;
}

/**
 * A poster on node:http and node:https, which are loaded with the first call: an idle worker does not pay for them, and the built-in `fetch` costs
 * 18 MB where these cost 1.3. Agents of its own keep away what the environment sets for others: a proxy, and unchecked certificates.
 */
export function httpPoster(): Poster {
  const open = new Map<string, Promise<Transport>>();
  let isClosed = false;
  const transportFor = (protocol: string): Promise<Transport> => {
    const known = open.get(protocol);
    if (known !== undefined) return known;
    const opened = protocol === 'https:' ? loadHttps() : loadHttp();
    open.set(protocol, opened);
    return opened;
  };
  return {
    async post(request) {
      const url = new URL(request.url);
      const transport = await transportFor(url.protocol);
      if (isClosed) throw new Error('the worker ends');
      request.signal.throwIfAborted();
      return await send(transport, url, request);
    },
    close() {
      isClosed = true;
      for (const transport of open.values())
        transport.then(({ agent }) => agent.destroy()).catch(() => undefined); // one that did not load has nothing open
    },
  };
}

async function loadHttp(): Promise<Transport> {
  const { Agent, request } = await import('node:http');
  return { request, agent: new Agent({ keepAlive: true, maxFreeSockets: 2, timeout: IDLE_MS }) };
}

async function loadHttps(): Promise<Transport> {
  const { Agent, request } = await import('node:https');
  return { request, agent: new Agent({ keepAlive: true, maxFreeSockets: 2, timeout: IDLE_MS }) };
}

function send(
  transport: Transport,
  url: URL,
  order: PostRequest,
  isSecondTry = false,
): Promise<PostAnswer> {
  const { headers, body, ca, signal } = order;
  return new Promise((resolve, reject) => {
    const request = transport.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      agent: transport.agent,
      signal,
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
    });
    request.once('response', (response) => void answerOf(response).then(resolve, reject));
    request.on('error', (error) => {
      // the receiver had closed a kept connection just then: that says nothing about it, and webhook-id makes a second time harmless
      if (request.reusedSocket && !isSecondTry && !signal.aborted)
        send(transport, url, order, true).then(resolve, reject);
      else reject(error);
    });
    request.end(body);
  });
}

async function answerOf(response: IncomingMessage): Promise<PostAnswer> {
  const head = await readHead(response);
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    location: response.headers.location,
    head,
  };
}

/** Bytes of an answer that are looked at. */
const HEAD_BYTES = 4_096;

/** Time that a body has: the status alone decides, so the rest is not waited for. */
const BODY_MS = 1_000;

/** The beginning of a body, as far as it came. A longer or slower one is cut off, with its connection. Never throws. */
function readHead(body: Readable): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => body.destroy(), BODY_MS);
    const finish = (): void => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts).toString('utf8', 0, HEAD_BYTES));
    };
    body.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > HEAD_BYTES) body.destroy();
    });
    body.on('error', () => undefined); // cut off half-way: what came is what there is
    body.once('close', finish);
  });
}
