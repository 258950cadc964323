import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  httpPoster,
  type Poster,
  type PostRequest,
} from '../../../../lib/delivery/webhooks/poster.ts';
import { eventually } from '../../../support/eventually.ts';
import { CERTIFICATE, startReceiver } from '../../../support/webhook-receiver.ts';

describe('httpPoster', () => {
  it('posts the body as it is, with its headers', async () => {
    const receiver = await startReceiver({
      answer: (response) => response.writeHead(202, { 'retry-after': '7' }).end('thanks'),
    });
    const answer = await poster().post(
      request(receiver.url, {
        body: '{"größe":"日本"}',
        headers: { 'content-type': 'application/x-test' },
      }),
    );
    expect(answer).toEqual({ status: 202, retryAfter: '7', location: undefined, head: 'thanks' });
    expect(receiver.received).toMatchObject([
      {
        body: '{"größe":"日本"}',
        headers: { 'content-type': 'application/x-test', 'content-length': '20' },
      },
    ]);
  });

  it('uses one connection for several posts, and none after it was closed', async () => {
    const receiver = await startReceiver();
    const posting = poster();
    for (let count = 0; count < 3; count += 1) await posting.post(request(receiver.url));
    expect(receiver.connections()).toBe(1);
    posting.close();
    await expect(posting.post(request(receiver.url))).rejects.toThrow('the worker ends');
  });

  it('opens another connection when the receiver has closed the one that was kept', async () => {
    const known = new Set<unknown>();
    const receiver = await startReceiver({
      answer: (response) => {
        if (known.has(response.socket)) response.socket?.destroy();
        else response.writeHead(204).end();
        known.add(response.socket);
      },
    });
    const posting = poster();
    await posting.post(request(receiver.url));
    expect(await posting.post(request(receiver.url))).toMatchObject({ status: 204 });
    expect([receiver.connections(), receiver.received.length]).toEqual([2, 3]);
  });

  it('follows no redirect', async () => {
    const other = await startReceiver();
    const receiver = await startReceiver({
      answer: (response) => response.writeHead(307, { location: other.url }).end(),
    });
    expect(await poster().post(request(receiver.url))).toMatchObject({
      status: 307,
      location: other.url,
    });
    expect(other.received).toEqual([]);
  });

  it('reads no more than the beginning of a huge body', async () => {
    let isCutOff = false;
    const receiver = await startReceiver({
      answer: (response) => {
        response.on('close', () => {
          isCutOff = true;
        });
        const more = (): void => void response.write('x'.repeat(65_536), () => isCutOff || more());
        response.writeHead(200);
        more();
      },
    });
    const { status, head } = await poster().post(request(receiver.url));
    expect([status, head]).toEqual([200, 'x'.repeat(4_096)]);
    await eventually('the body is cut off', () => isCutOff);
  });

  it('uses the status when the body arrives a byte at a time', async () => {
    const receiver = await startReceiver({
      answer: (response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 300);
        response.on('close', () => clearInterval(drip));
      },
    });
    expect(await poster().post(request(receiver.url))).toMatchObject({
      status: 200,
      head: expect.stringMatching(/^\.{1,4}$/),
    });
  });

  it('uses the status when the connection breaks inside the body', async () => {
    const receiver = await startReceiver({
      answer: (response) => {
        response.writeHead(500, { 'content-length': '1000' });
        response.write('half', () => response.socket?.destroy());
      },
    });
    expect(await poster().post(request(receiver.url))).toMatchObject({ status: 500, head: 'half' });
  });

  it('gives up at its time limit when headers come a byte at a time', async () => {
    const port = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const drip = setInterval(() => socket.write('y'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const posted = poster().post(
      request(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(200) }),
    );
    await expect(posted).rejects.toThrow(/abort/i);
  });

  it.each([
    ['closes at once', ''],
    ['closes inside the headers', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['speaks something else', 'SSH-2.0-x\r\n\r\n'],
    ['sends headers without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`],
  ])('throws when the receiver %s', async (_what, said) => {
    const port = await rawReceiver((socket) => void socket.end(said));
    await expect(poster().post(request(`http://127.0.0.1:${port}/`))).rejects.toThrow(/\w/);
  });

  it('throws when no receiver listens', async () => {
    const receiver = await startReceiver();
    await receiver.kill();
    await expect(poster().post(request(receiver.url))).rejects.toThrow('ECONNREFUSED');
  });
});

describe('httpPoster over TLS', () => {
  it('trusts a certificate that is configured', async () => {
    const receiver = await startReceiver({ isTls: true });
    expect(
      await poster().post(request(receiver.url, { ca: readFileSync(CERTIFICATE, 'utf8') })),
    ).toMatchObject({ status: 204 });
  });

  it('trusts no self-signed certificate', async () => {
    const receiver = await startReceiver({ isTls: true });
    await expect(poster().post(request(receiver.url))).rejects.toThrow('self-signed certificate');
    expect(receiver.received).toEqual([]);
  });

  it('trusts no certificate of another name', async () => {
    const receiver = await startReceiver({ isTls: true });
    const posted = poster().post(
      request(receiver.url.replace('localhost', '127.0.0.1'), {
        ca: readFileSync(CERTIFICATE, 'utf8'),
      }),
    );
    await expect(posted).rejects.toThrow('altnames');
  });

  it('checks certificates even if the environment says not to', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const receiver = await startReceiver({ isTls: true });
    await expect(poster().post(request(receiver.url))).rejects.toThrow('self-signed certificate');
  });
});

function poster(): Poster {
  const made = httpPoster();
  onTestFinished(() => made.close());
  return made;
}

function request(url: string, own: Partial<PostRequest> = {}): PostRequest {
  return { url, headers: {}, body: '{}', signal: AbortSignal.timeout(10_000), ...own };
}

/** Says what it is told to whoever connects, without knowing HTTP. */
async function rawReceiver(talk: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => talk(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
