import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';

export interface PostRequest {
  /** As {@link parseWebhookUrl} accepted it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Certificates in PEM. Only what they signed is trusted. Default: what Node trusts. */
  readonly ca?: string;
  /** Aborts the call at any point. */
  readonly signal: AbortSignal;
}

/** A receiver's answer. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The start of the body, as text. */
  readonly head: string;
}

/** Posts over connections that it keeps open for a while. */
export interface Poster {
  /**
   * Follows no redirect and uses no proxy.
   * @throws the network error if there was no answer.
   */
  post(request: PostRequest): Promise<PostAnswer>;
  /** Closes all connections. No post is possible after that. */
  close(): void;
}

/**
 * Closes idle connections before most servers do, because a closed connection would look like a
 * failure.
 */
const IDLE_MS = 4_000;

interface Transport {
  readonly request: (
    url: URL,
    options: RequestOptions & { readonly ca?: string; readonly rejectUnauthorized: boolean },
  ) => ClientRequest;
  readonly agent: Agent;
}

/**
 * Makes a poster with node:http and node:https. They are loaded at the first call, so that an idle
 * worker does not pay for them; the built-in `fetch` costs 18 MB, these 1.3 MB. Uses agents of its
 * own, so that settings in the environment for other programs (a proxy, unchecked certificates) do
 * not apply.
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
      // One that was not loaded has nothing open.
      for (const transport of open.values())
        transport.then(({ agent }) => agent.destroy()).catch(() => undefined);
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
      // The receiver closed a kept connection at that moment. That says nothing about the receiver,
      // and webhook-id makes a second post harmless.
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

/** Bytes of an answer to read. */
const HEAD_BYTES = 4_096;

/** Time limit for a body. The status alone decides, so the rest does not matter. */
const BODY_MS = 1_000;

/**
 * Reads the start of a body. Cuts off a longer or slower one, with its connection. Never throws.
 */
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
    body.on('error', () => undefined); // Cut off: use what was read.
    body.once('close', finish);
  });
}
