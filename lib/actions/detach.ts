import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../core/errors.ts';
import { stringField } from '../core/json.ts';
import { makePrivateFolder, requirePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { workerEnvironment, workerFlags } from '../hook/autostart.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { readHeartbeats, type SeenHeartbeat } from '../queue/wakeup/heartbeat.ts';

export interface DetachOptions {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the Node to run, and of `dist/waymark.cjs`. */
  readonly node: string;
  readonly program: string;
  /** Further arguments of `waymark worker`, such as `--idle-exit 300`. */
  readonly flags: readonly string[];
  /** Milliseconds until the new worker must be there. */
  readonly patienceMs: number;
  /** Of the program: a leader of another one is replaced by the new worker. */
  readonly version: string;
}

/** A worker in the background. */
export interface DetachedWorker {
  readonly id: string;
  readonly pid: number;
  /** `false` when another one led already, or was faster. */
  readonly isNew: boolean;
}

const LOOK_AGAIN_MS = 20;

/** A worker that ended because another was faster: that one has its pipe by then. */
const GONE_MS = 2_000;

/**
 * Starts a worker that outlives this process, and waits until its pipe is alive. When one already
 * leads, that one is returned.
 * @throws {@link WaymarkError} WORKER_ABSENT when no worker runs in time.
 */
export async function detachWorker(options: DetachOptions): Promise<DetachedWorker> {
  const { folder, node, program, patienceMs } = options;
  const present = leaderOf(folder);
  const isOurs = present !== undefined && stringField(present.body, 'version') === options.version;
  if (isOurs) return { id: present.id, pid: present.pid, isNew: false };
  if (!existsSync(program))
    throw new WaymarkError('WORKER_ABSENT', `Cannot start a worker: ${program} is missing`, {
      remedy: 'Run `npm run build` in the package first.',
    });
  requirePrivateFolder(folder.root); // else the worker ends, and only it would know why
  makePrivateFolder(folder.root);
  const command = [...workerFlags(process.versions.node), program, 'worker', '--background'];
  const child = spawn(node, [...command, ...options.flags], {
    cwd: folder.root,
    env: workerEnvironment(options.environment, folder.root),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `status ${code}`}`;
  });
  child.unref();
  let endedFor = 0;
  for (let waited = 0; waited < patienceMs && endedFor < GONE_MS; waited += LOOK_AGAIN_MS) {
    await sleep(LOOK_AGAIN_MS);
    endedFor += ended === undefined ? 0 : LOOK_AGAIN_MS;
    const leader = leaderOf(folder);
    if (leader !== undefined && leader.id !== present?.id)
      return { id: leader.id, pid: leader.pid, isNew: leader.pid === child.pid };
  }
  throw new WaymarkError(
    'WORKER_ABSENT',
    `Cannot start a worker: ${ended ?? `it did not answer within ${patienceMs / 1000} s`}`,
    {
      remedy: 'Run `waymark worker` in the foreground to see why, or `waymark worker log`.',
    },
  );
}

/** The heartbeat of the worker that leads and whose pipe lives. */
function leaderOf(folder: StateFolder): SeenHeartbeat | undefined {
  return readHeartbeats(folder.heartbeat).find(
    (beat) => beat.leader && isAlive(folder.wake, beat.id),
  );
}
