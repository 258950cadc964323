import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../../core/errors.ts';
import { requestStop } from '../request-stop.ts';
import { readHeartbeats } from '../../queue/wakeup/heartbeat.ts';
import { isAlive } from '../../queue/wakeup/is-alive.ts';
import type { DemoHome } from './demo-home.ts';

/** A real worker in a process of its own, for the length of the demo. */
export interface DemoWorker {
  readonly pid: number;
  /** Asks it over its pipe to finish, and waits until its process is gone. */
  stop(): Promise<void>;
}

const START_TIME_MS = 10_000;
const STOP_TIME_MS = 10_000;

/**
 * Starts `waymark worker` and waits until its pipe is alive.
 * @throws {@link WaymarkError} WORKER_ABSENT
 */
export async function startDemoWorker(
  program: string,
  { folder, environment, root }: DemoHome,
): Promise<DemoWorker> {
  const child = spawn(process.execPath, [program, 'worker', '--background'], {
    cwd: root,
    env: environment,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const id = await untilAlive(child, folder);
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      if (
        child.exitCode === null &&
        (await requestStop({ wakeFolder: folder.wake, worker: id, patienceMs: STOP_TIME_MS })) ===
          'silent'
      )
        child.kill('SIGKILL'); // our own child, by its handle
      await ended;
    },
  };
}

async function untilAlive(child: ChildProcess, folder: DemoHome['folder']): Promise<string> {
  for (let waited = 0; waited < START_TIME_MS && child.exitCode === null; waited += 20) {
    const beat = readHeartbeats(folder.heartbeat).find(
      (one) => one.pid === child.pid && isAlive(folder.wake, one.id),
    );
    if (beat !== undefined) return beat.id;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new WaymarkError(
    'WORKER_ABSENT',
    `Cannot start the worker of the demo: ${child.exitCode === null ? 'it did not answer' : `it ended with status ${child.exitCode}`}`,
  );
}
