import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type JsonObject, parseJsonObject, stringField } from '../../../lib/core/json.ts';
import { firstUserText, toldToModel } from './request-text.ts';
import { type Script, says, type Turn, TurnSource } from './script.ts';
import { streamAnswer, wholeAnswer } from './stream-answer.ts';

/** One request that the client made. */
export interface ApiRequest {
  /**
   * The lane that answered: `main`, the opening of an agent's lane, or `aside` for the client's own
   * small questions (titles and the like).
   */
  readonly lane: string;
  /** When it arrived whole, by `performance.now()`. */
  readonly at: number;
  /** Everything in it that is not the model's own words. */
  readonly told: string;
  readonly body: JsonObject;
}

/** A running stand-in for the Messages API. */
export interface MessagesApi {
  readonly url: string;
  /** Grows while the client runs. */
  readonly requests: readonly ApiRequest[];
  /** Cuts open connections and gives the port back. */
  close(): Promise<void>;
}

/**
 * A Messages API on a free loopback port that says what `script` says, turn by turn, and remembers
 * what it was asked.
 */
export async function startMessagesApi(script: Script): Promise<MessagesApi> {
  const source = new TurnSource(script);
  const idStem = randomBytes(5).toString('hex');
  const requests: ApiRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = parseJsonObject(await readBody(request)) ?? {};
    const at = performance.now();
    const path = request.url?.split('?')[0] ?? '';
    if (path.endsWith('/count_tokens')) return sendJson(response, 200, { input_tokens: 1000 });
    if (path !== '/v1/messages')
      return sendError(response, { status: 404, type: 'not_found_error', message: path });
    const { lane, turn } = choose(source, body);
    requests.push({ lane, at, told: toldToModel(body), body });
    if (turn.delayMs !== undefined) await delay(turn.delayMs);
    if (turn.error !== undefined) return sendError(response, turn.error);
    const frame = {
      idStem,
      serial: requests.length,
      model: stringField(body, 'model') ?? 'unknown',
    };
    if (body['stream'] === true) streamAnswer(response, turn, frame);
    else sendJson(response, 200, wholeAnswer(turn, frame));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', resolve),
  );
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('Cannot start the Messages API stand-in: no port');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}`, requests, close };
}

/**
 * Requests without tools are the client's own; they must not use up the script. Compaction is one
 * of the main conversation.
 */
function choose(
  source: TurnSource,
  body: JsonObject,
): { readonly lane: string; readonly turn: Turn } {
  const tools = body['tools'];
  if (!Array.isArray(tools) || tools.length === 0) return { lane: 'aside', turn: says('ok') };
  return source.next(firstUserText(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, value: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendError(
  response: ServerResponse,
  error: { readonly status: number; readonly type: string; readonly message: string },
): void {
  sendJson(response, error.status, {
    type: 'error',
    error: { type: error.type, message: error.message },
  });
}
