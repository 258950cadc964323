import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { serveDashboard } from '../../../lib/dashboard/serve.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const TOKEN = 'a'.repeat(43);

async function served(port: number | undefined = 0, root = tempFolder()) {
  const pageFolder = `${root}/page`;
  mkdirSync(pageFolder, { recursive: true });
  writeFileSync(`${pageFolder}/index.html`, '<!doctype html>');
  const running = await serveDashboard({
    ...{ token: TOKEN, port, pageFolder, environment: {}, folder: stateFolderAt(root) },
    ...{ clock: () => 0, ownCommand: () => 'waymark', runnable: (text: string) => text },
    onBug: () => undefined,
  });
  onTestFinished(running.close);
  return running;
}

/** The server that answers the next request. */
async function serverOf(url: string): Promise<Server> {
  const channel = 'http.server.request.start';
  const servers: Server[] = [];
  const onStart = (message: unknown): void => {
    if (isStart(message)) servers.push(message.server);
  };
  subscribe(channel, onStart);
  await fetch(url);
  unsubscribe(channel, onStart);
  const [server] = servers;
  if (server === undefined) throw new Error('no request came');
  return server;
}

function isStart(message: unknown): message is { readonly server: Server } {
  return typeof message === 'object' && message !== null && 'server' in message;
}

it('goes on when a connection cannot be taken, as with no file descriptor left', async () => {
  const { url } = await served();
  const server = await serverOf(url);
  const error = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  expect(() => server.emit('error', error)).not.toThrow();
  expect((await fetch(url)).status).toBe(401);
});

it('refuses a port that another program uses, and names the command that shows which', async () => {
  const { port } = await served();
  await expect(served(port)).rejects.toMatchObject({
    code: 'USAGE',
    message: `Cannot serve the dashboard on port ${port}: another program uses it`,
    remedy: expect.stringContaining(`:${port}`),
  });
});

it('takes another port beside a second dashboard on the same folder, and outlives it', async () => {
  const root = tempFolder();
  const [first, second] = [await served(undefined, root), await served(undefined, root)];
  expect(second.port).not.toBe(first.port);
  const status = async (url: string): Promise<number> =>
    (await fetch(`${url}api/now`, { headers: { authorization: `Bearer ${TOKEN}` } })).status;
  expect([await status(first.url), await status(second.url)]).toEqual([200, 200]);
  await first.close();
  await expect(fetch(first.url)).rejects.toThrow();
  expect(await status(second.url)).toBe(200);
});

it('ends while a tab listens to changes', async () => {
  const { url, close } = await served();
  const live = await fetch(`${url}api/live`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(live.status).toBe(200);
  await close();
  await expect(live.text().catch(() => 'cut')).resolves.toBeDefined();
});
