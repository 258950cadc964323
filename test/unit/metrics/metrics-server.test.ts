import { request } from 'node:http';
import { createServer } from 'node:net';
import { onTestFinished, describe, expect, it } from 'vitest';
import { isBearer, openMetricsServer } from '../../../lib/metrics/metrics-server.ts';

const TOKEN = 'a-token-of-this-test';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function serve(read = async () => ({ text: 'waymark_store_up 1\n', contentType: 'text/x' })) {
  const server = await openMetricsServer({ port: 0, token: TOKEN, read });
  onTestFinished(() => server.close());
  const ask = (path: string, headers: Record<string, string>, method = 'GET'): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, path, method, headers };
      const sent = request(options, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += String(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  return { server, ask };
}

const BEARER = { authorization: `Bearer ${TOKEN}` };

describe('openMetricsServer', () => {
  it('answers /metrics to the bearer of the token, and lets nothing be kept', async () => {
    const { ask } = await serve();
    const { status, headers, body } = await ask('/metrics', BEARER);
    expect({ status, body }).toEqual({ status: 200, body: 'waymark_store_up 1\n' });
    expect(headers).toMatchObject({
      'content-type': 'text/x',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect((await ask('/metrics?x=1', BEARER)).status).toBe(200);
    expect(await ask('/metrics', BEARER, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each<readonly [number, string, Record<string, string>, string]>([
    [401, '/metrics', {}, 'GET'],
    [401, '/metrics', { authorization: 'Bearer wrong' }, 'GET'],
    [401, '/metrics', { authorization: `Basic ${TOKEN}` }, 'GET'],
    [401, `/metrics?token=${TOKEN}`, {}, 'GET'],
    [401, '/secret', {}, 'GET'],
    [404, '/', BEARER, 'GET'],
    [404, '/metrics/../../etc/passwd', BEARER, 'GET'],
    [405, '/metrics', BEARER, 'POST'],
    [405, '/metrics', BEARER, 'DELETE'],
    [400, '/metrics', { ...BEARER, host: 'waymark.example:9464' }, 'GET'],
    [400, '/metrics', { ...BEARER, host: '127.0.0.1.example' }, 'GET'],
    [400, '/metrics', { ...BEARER, host: 'localhost@example' }, 'GET'],
  ])('refuses with %d: %s %o %s', async (expected, path, headers, method) => {
    let reads = 0;
    const { ask } = await serve(async () => {
      reads += 1;
      return { text: '', contentType: '' };
    });
    const { status, body } = await ask(path, headers, method);
    expect({ status, reads }).toEqual({ status: expected, reads: 0 });
    expect(body).toMatch(/^Cannot /);
    expect(body).not.toContain(TOKEN);
  });

  it('answers under the names of this machine', async () => {
    const { ask, server } = await serve();
    for (const host of ['localhost', `localhost:${server.port}`, '127.0.0.1', 'LOCALHOST:1'])
      expect((await ask('/metrics', { ...BEARER, host })).status, host).toBe(200);
  });

  it('says that the metrics cannot be read, without the reason', async () => {
    const { ask } = await serve(async () => {
      throw new Error('/home/me/secret');
    });
    const { status, body } = await ask('/metrics', BEARER);
    expect(status).toBe(503);
    expect(body).not.toContain('secret');
  });

  it('listens on loopback alone, and says which port is taken', async () => {
    const { server } = await serve();
    const read = async () => ({ text: '', contentType: '' });
    await expect(openMetricsServer({ port: server.port, token: TOKEN, read })).rejects.toThrow(
      /EADDRINUSE.*127\.0\.0\.1/,
    );
  });

  it('frees its port when it is closed', async () => {
    const { server } = await serve();
    server.close();
    const again = createServer();
    onTestFinished(() => void again.close());
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject);
      again.listen(server.port, '127.0.0.1', () => resolve());
    });
  });
});

describe('isBearer', () => {
  it.each<readonly [string | undefined, boolean]>([
    ['Bearer abc', true],
    ['bearer  abc ', true],
    ['Bearer abcd', false],
    ['Bearer ab', false],
    ['Bearer', false],
    ['abc', false],
    ['', false],
    [undefined, false],
  ])('judges %o', (header, expected) => {
    expect(isBearer(header, 'abc')).toBe(expected);
  });
});
