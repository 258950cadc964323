import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis, type RedisSession } from '../../lib/fleet/redis/connect-redis.ts';
import { type RedisPlace, redisPlace } from '../../lib/fleet/redis/redis-place.ts';
import { freePort } from './postgres-server.ts';

/** A Redis of its own, with throw-away data. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Where its data are. */
  readonly folder: string;
  readonly place: RedisPlace;
  readonly connect: (url?: string, password?: string) => Promise<RedisSession>;
  readonly start: () => Promise<void>;
  /** Ends it as a crash does. */
  readonly kill: () => Promise<void>;
  /** Deletes what it has on its disk: it starts empty then. */
  readonly deleteData: () => void;
  /** The running process. */
  readonly pid: () => number | undefined;
  /** Ends it and deletes its data. */
  readonly remove: () => Promise<void>;
}

/** Whether the server is installed. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** Starts a server on a loopback port of its own, which writes each change to its disk. */
export async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(`${tmpdir()}/waymark-redis-`);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0?partitions=2`;
  let child: ChildProcess | undefined;
  const connect = (at = url, password?: string): Promise<RedisSession> =>
    connectRedis({ place: redisPlace(at), password });
  const kill = async (): Promise<void> => {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    ended.kill('SIGKILL');
    await new Promise((resolve) => ended.once('exit', resolve));
  };
  const start = async (): Promise<void> => {
    const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const lasting = ['--appendonly', 'yes', '--appendfsync', 'always', '--logfile', 'log'];
    child = spawn('redis-server', [...own, ...lasting, ...settings], { stdio: 'ignore' });
    await untilItAnswers(connect);
  };
  await start();
  return {
    ...{ port, url, folder, connect, start, kill },
    place: redisPlace(url),
    deleteData: () => rmSync(`${folder}/appendonlydir`, { recursive: true, force: true }),
    pid: () => child?.pid,
    remove: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(connect: () => Promise<RedisSession>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const session = await connect();
      await session.send('PING').finally(() => session.close());
      return;
    } catch (error) {
      if (attempt > 400) throw error;
      await sleep(25);
    }
  }
}
