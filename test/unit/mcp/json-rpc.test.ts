import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lib/core/json.ts';
import { answerLine, readMessages, RPC_ERRORS, RpcError } from '../../../lib/mcp/json-rpc.ts';

async function handle(method: string, params: JsonObject): Promise<JsonObject> {
  if (method === 'refuse') throw new RpcError(RPC_ERRORS.invalidParams, 'Cannot do that: no');
  if (method === 'break') throw new Error('it broke');
  return { method, params };
}

async function answer(message: unknown): Promise<unknown> {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const line = await answerLine(text, handle);
  return line === undefined ? undefined : JSON.parse(line);
}

const request = (id: unknown, method: string, params?: unknown): JsonObject => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

describe('answerLine', () => {
  it.each([0, 7, 'a', ''])('answers the request with id %j', async (id) => {
    expect(await answer(request(id, 'x', { a: 1 }))).toEqual({
      jsonrpc: '2.0',
      id,
      result: { method: 'x', params: { a: 1 } },
    });
  });

  it.each([
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }],
    ['a notification that breaks', { jsonrpc: '2.0', method: 'break' }],
    ['an answer', { jsonrpc: '2.0', id: 1, result: {} }],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'x' } }],
    ['an empty line', '  \r'],
    ['a batch of notifications', [{ jsonrpc: '2.0', method: 'x' }]],
  ])('is silent after %s', async (_, message) => {
    expect(await answer(message)).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"jsonrpc":', RPC_ERRORS.parse],
    ['a number', '7', RPC_ERRORS.invalidRequest],
    ['another version', { ...request(1, 'x'), jsonrpc: '1.0' }, RPC_ERRORS.invalidRequest],
    ['an id that is null', request(null, 'x'), RPC_ERRORS.invalidRequest],
    ['an id that is an object', request({}, 'x'), RPC_ERRORS.invalidRequest],
    ['no method', { jsonrpc: '2.0', id: 1 }, RPC_ERRORS.invalidRequest],
    ['an empty batch', [], RPC_ERRORS.invalidRequest],
    ['a batch of 51', Array.from({ length: 51 }, () => request(1, 'x')), RPC_ERRORS.invalidRequest],
  ])('refuses %s without an id', async (_, message, code) => {
    expect(await answer(message)).toMatchObject({ id: null, error: { code } });
  });

  it('tells the caller of a refusal and of a fault', async () => {
    expect(await answer(request(1, 'refuse'))).toMatchObject({
      id: 1,
      error: { code: RPC_ERRORS.invalidParams, message: 'Cannot do that: no' },
    });
    expect(await answer(request(2, 'break'))).toMatchObject({
      id: 2,
      error: { code: RPC_ERRORS.internal, message: 'it broke' },
    });
  });

  it('takes params that are no object for none', async () => {
    expect(await answer(request(1, 'x', [1]))).toMatchObject({ result: { params: {} } });
  });

  it('answers each request of a batch', async () => {
    const batch = [request(1, 'x'), { jsonrpc: '2.0', method: 'x' }, request(2, 'refuse')];
    expect(await answer(batch)).toMatchObject([
      { id: 1, result: { method: 'x' } },
      { id: 2, error: { code: RPC_ERRORS.invalidParams } },
    ]);
  });
});

describe('readMessages', () => {
  const linesOf = async (chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> => {
    const lines: unknown[] = [];
    for await (const line of readMessages(Readable.from(chunks), 10)) lines.push(line);
    return lines;
  };

  it('puts lines together from chunks, and takes the last without a line end', async () => {
    expect(await linesOf(['ab', 'c\nd', '\n\ne'])).toEqual([
      { text: 'abc' },
      { text: 'd' },
      { text: '' },
      { text: 'e' },
    ]);
  });

  it('keeps a sign that comes in two chunks', async () => {
    const bytes = Buffer.from('ä\n');
    expect(await linesOf([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual([{ text: 'ä' }]);
  });

  it('leaves out a line that is too long, and reads the next', async () => {
    expect(await linesOf(['12345678901\nab\n', '123456', '789012', '3\ncd'])).toEqual([
      'too long',
      { text: 'ab' },
      'too long',
      { text: 'cd' },
    ]);
    expect(await linesOf(['123456789012'])).toEqual(['too long']);
  });
});
