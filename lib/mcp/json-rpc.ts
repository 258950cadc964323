import { StringDecoder } from 'node:string_decoder';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';

/** What JSON-RPC 2.0 and the Model Context Protocol call their errors. */
export const RPC_ERRORS = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
} as const;

/** A fault that is sent to the caller as a JSON-RPC error. */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }
}

/** Answers one request, or hears one notification. @throws {@link RpcError} */
export type HandleMessage = (method: string, params: JsonObject) => Promise<JsonObject>;

/** So that one line cannot ask for more than the memory holds. */
const MAX_IN_BATCH = 50;

type RequestId = string | number;

/**
 * Answers one line of JSON-RPC.
 * @returns the line to send back; `undefined` where none is wanted: for a notification, an answer,
 * an empty line.
 */
export async function answerLine(line: string, handle: HandleMessage): Promise<string | undefined> {
  if (line.trim() === '') return undefined;
  const message = parseJson(line);
  if (message === undefined)
    return JSON.stringify(failure(null, RPC_ERRORS.parse, 'Cannot read the message: not JSON'));
  if (!Array.isArray(message)) {
    const answer = await answerMessage(message, handle);
    return answer === undefined ? undefined : JSON.stringify(answer);
  }
  // protocol 2025-03-26 has batches
  const messages: readonly unknown[] = message;
  if (messages.length === 0 || messages.length > MAX_IN_BATCH) return JSON.stringify(notRequest());
  const answers: JsonObject[] = [];
  for (const one of messages) answers.push(...present(await answerMessage(one, handle)));
  return answers.length === 0 ? undefined : JSON.stringify(answers);
}

/** The error for a line that is too long to be read. */
export function createTooLongError(maxBytes: number): string {
  return JSON.stringify(
    failure(null, RPC_ERRORS.invalidRequest, `Cannot read the message: over ${maxBytes} bytes`),
  );
}

async function answerMessage(
  message: unknown,
  handle: HandleMessage,
): Promise<JsonObject | undefined> {
  if (!isJsonObject(message) || message['jsonrpc'] !== '2.0') return notRequest();
  const { id, method, params } = message;
  if (method === undefined && ('result' in message || 'error' in message)) return undefined;
  const isNotification = id === undefined;
  if (typeof method !== 'string' || (!isNotification && !isRequestId(id))) return notRequest();
  try {
    const result = await handle(method, isJsonObject(params) ? params : {});
    return isNotification ? undefined : { jsonrpc: '2.0', id, result };
  } catch (error) {
    if (!isRequestId(id)) return undefined;
    return error instanceof RpcError
      ? failure(id, error.code, error.message)
      : failure(id, RPC_ERRORS.internal, error instanceof Error ? error.message : String(error));
  }
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || typeof id === 'number';
}

function notRequest(): JsonObject {
  return failure(null, RPC_ERRORS.invalidRequest, 'Cannot read the message: not JSON-RPC 2.0');
}

function failure(id: RequestId | null, code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** A line, or `'too long'` in place of one. */
export type Line = { readonly text: string } | 'too long';

/**
 * Splits what comes in into lines. Of a line over `mostBytes` nothing is kept, so that no caller
 * can fill the memory.
 */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let held = '';
  let isTooLong = false;
  for await (const chunk of chunks) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const text = held + part;
      yield isTooLong || text.length > maxBytes ? 'too long' : { text };
      held = '';
      isTooLong = false;
    }
    held += last;
    if (held.length <= maxBytes) continue;
    held = '';
    isTooLong = true;
  }
  if (isTooLong) yield 'too long';
  else if (held !== '') yield { text: held };
}
