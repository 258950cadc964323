import { spawnSync } from 'node:child_process';
import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './benchmark.ts';
import { benchHome } from './bench-home.ts';
import { startChild } from './children.ts';

/**
 * Starts a Redis of the benchmark's own, on loopback, its data in a throw-away folder. @returns its
 * port, or why there is none.
 */
export async function startRedis(bench: Bench): Promise<{ readonly port: number } | string> {
  if (spawnSync('redis-server', ['--version']).status !== 0)
    return 'redis-server is missing; on Debian: apt-get install redis-server';
  const { root, environment } = benchHome(bench);
  const port = await freePort();
  const options = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    root,
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--save',
    '',
  ];
  startChild(bench, ['redis-server', ...options, '--logfile', `${root}/redis.log`], environment);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await answers(port)) return { port };
    await sleep(25);
  }
  return 'redis-server does not answer';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('error', () => end(false)).once('data', () => end(true));
    socket.write('PING\r\n');
  });
}
