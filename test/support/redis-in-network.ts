import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type ServerNetwork } from './postgres-server.ts';

/** A Redis in another network, with throw-away data. */
export interface RedisInNetwork {
  readonly url: string;
  /** Ends it and deletes its data. */
  readonly remove: () => Promise<void>;
}

export async function startRedisIn({ address, within }: ServerNetwork): Promise<RedisInNetwork> {
  const folder = mkdtempSync(`${tmpdir()}/waymark-redis-`);
  const port = await freePort();
  const [program = '', ...before] = [...within, 'redis-server'];
  const own = ['--port', `${port}`, '--bind', address, '--dir', folder, '--save', ''];
  const lasting = ['--appendonly', 'yes', '--appendfsync', 'always', '--logfile', 'log'];
  const socket = ['--protected-mode', 'no', '--unixsocket', `${folder}/socket`];
  const child = spawn(program, [...before, ...own, ...lasting, ...socket], { stdio: 'ignore' });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  const remove = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let look = 0; !(await answers(`${folder}/socket`)); look += 1) {
    if (look > 400) {
      await remove();
      throw new Error('Cannot start Redis: it does not answer');
    }
    await sleep(25);
  }
  return { url: `redis://${address}:${port}/0?partitions=2`, remove };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write('PING\r\n'));
    socket.once('error', () => resolve(false));
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString().startsWith('+PONG'));
    });
  });
}
