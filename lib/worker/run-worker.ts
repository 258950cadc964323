import { accessSync, constants } from 'node:fs';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { systemClock } from '../core/clock.ts';
import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { LOG_LEVELS, type LogLevel } from '../core/log.ts';
import { productVersion } from '../core/package-folder.ts';
import { makePrivateFolder, requirePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import type { Log } from '../core/log.ts';
import { queueDepth } from '../queue/depth.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { STARTED_BY } from '../hook/autostart.ts';
import { sqliteDriver } from '../store/driver.ts';
import type { StoreFault } from '../store/store-fault.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { type Assembled, assemble } from './assemble.ts';
import { readHeartbeats } from '../queue/wakeup/heartbeat.ts';
import { takeLead } from '../store/leader-lock.ts';
import { LiveConfig } from './live-config.ts';
import { waitForLead } from './wait-for-lead.ts';
import { type WorkerReport, workerReport } from './worker-report.ts';
import { workerLog } from './worker-log.ts';

export interface RunWorkerOptions {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings from the command line, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Drain and exit. Also runs beside another worker. */
  readonly once: boolean;
  /** Join workers that already serve the queue. */
  readonly shared: boolean;
  /** Started by a hook: another leader is no error, and no terminal is attached. */
  readonly background: boolean;
  readonly json: boolean;
  readonly terminal: { write(text: string): unknown };
  /** For fault tests: called between commit and acknowledgement. */
  readonly onCommitted?: () => void;
}

/**
 * How long to wait for modules at the start. An event that is applied earlier does not reach them;
 * a module that hangs must not hold up the others.
 */
const HANDLERS_MS = 5_000;

/**
 * Runs a worker until it is stopped. The first SIGTERM, SIGINT or SIGHUP drains for at most two
 * seconds, the second ends it after the current batch.
 * @returns what it did; `undefined` if another worker leads and this one was started in the
 * background.
 * @throws {@link WaymarkError} LEADER_PRESENT, HOME_UNUSABLE, STORE_DRIVER_MISSING;
 * STORE_UNAVAILABLE if it was to drain once and the store did not work: the queue keeps everything
 * then.
 */
export async function runWorker(options: RunWorkerOptions): Promise<WorkerReport | undefined> {
  const leave = enterWorkerProcess();
  try {
    return await runInProcess(options);
  } finally {
    leave();
  }
}

/**
 * Makes this process a worker's.
 * @returns a function that makes it what it was, for those who run a worker among other things.
 */
function enterWorkerProcess(): () => void {
  // SQLite creates its files by the umask alone, first of all the lock of the leader.
  const umask = process.umask(0o077);
  const mark = process.env['WAYMARK_WORKER'];
  process.env['WAYMARK_WORKER'] = '1'; // Hooks of a client that our children run do nothing then.
  return () => {
    process.umask(umask);
    if (mark === undefined) delete process.env['WAYMARK_WORKER'];
    else process.env['WAYMARK_WORKER'] = mark;
  };
}

async function runInProcess(options: RunWorkerOptions): Promise<WorkerReport | undefined> {
  const { folder, environment, flags } = options;
  prepareFolder(folder);
  const open = sqliteDriver();
  const lead = options.background
    ? await waitForLead(folder, open, productVersion())
    : takeLead(folder.leaderLock, open);
  if (lead === undefined && !options.shared && !options.once) {
    if (options.background) return undefined;
    throw leaderPresent(folder);
  }
  const startedBy = environment[STARTED_BY];
  delete process.env[STARTED_BY]; // Our children must not inherit it.
  let settings: LiveConfig | undefined;
  const log = openLog(options, () => settings?.values.logLevel ?? 'info');
  const config = new LiveConfig({ file: folder.configFile, environment, flags, log });
  settings = config;
  const parts = {
    folder,
    config,
    clock: systemClock,
    log,
    open,
    version: productVersion(),
    once: options.once,
  };
  const assembled = assemble({
    ...parts,
    ...(lead === undefined ? {} : { lead }),
    ...(options.onCommitted === undefined ? {} : { onCommitted: options.onCommitted }),
  });
  try {
    if (startedBy !== undefined) assembled.record(startedByEvent(startedBy));
    const report = await runUntilStopped(assembled, log, options.once);
    if (options.once && assembled.storeConnection.isUnavailable)
      throw undrained(folder, assembled.storeConnection.fault);
    return report;
  } finally {
    assembled.stopWatching();
    await assembled.handlers.close();
    assembled.storeConnection.finish();
  }
}

async function runUntilStopped(
  { worker, handlers, record, log, deliveries }: Assembled,
  plainLog: Log,
  once: boolean,
): Promise<WorkerReport> {
  const led = worker.isLeader;
  let isCut = false;
  const stop = (signal: NodeJS.Signals): void => {
    isCut = true;
    worker.stop(signal);
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const note = (type: string, own: JsonObject = {}): void => {
    const payload = { worker: worker.id, pid: process.pid, node: process.versions.node, ...own };
    if (!once) record({ type, priority: 5, payload } satisfies EventDraft);
  };
  try {
    log('info', 'WORKER_STARTED', once ? 'Draining' : 'Waiting for events', {
      pid: process.pid,
      leader: led,
    });
    note('daemon.started');
    await handlers.whenReady(HANDLERS_MS);
    await worker.run();
    note('daemon.stopped');
    log('info', 'WORKER_STOPPED', `Stopped after ${worker.stats.processed} entries`);
    return workerReport(worker.stats, deliveries, { led, isCut });
  } catch (error) {
    note('daemon.stopped', { reason: 'crashed' });
    // A crash at the start repeats with each start, and each alert would add one more waiting
    // entry.
    const say = worker.stats.processed === 0 ? plainLog : log;
    say('error', 'WORKER_CRASHED', `Cannot run the worker: ${reasonOf(error)}`, {
      stack: error instanceof Error ? error.stack?.slice(0, 2_000) : undefined,
    });
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

function prepareFolder(folder: StateFolder): void {
  requirePrivateFolder(folder.root);
  try {
    makePrivateFolder(folder.root);
    // If everything exists already, a read-only disk would show later and less clearly.
    accessSync(folder.root, constants.W_OK | constants.X_OK);
    for (const path of [folder.wake, folder.heartbeat, folder.log, folder.throttle, folder.views])
      makePrivateFolder(path);
  } catch (error) {
    throw new WaymarkError('HOME_UNUSABLE', `Cannot use ${folder.root}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function openLog(
  { folder, background, terminal, json }: RunWorkerOptions,
  wanted: () => string,
): Log {
  const least = (): LogLevel => LOG_LEVELS.find((level) => level === wanted()) ?? 'info';
  return workerLog({
    file: `${folder.log}/worker.log`,
    least,
    clock: systemClock,
    json,
    ...(background ? {} : { terminal }),
  });
}

/**
 * Returns an event in the name of the hook that started this worker: a hook cannot write to the
 * store.
 */
function startedByEvent(by: string): EventDraft {
  return {
    type: 'system.daemon_start_requested',
    priority: PRIORITY.normal,
    payload: { reason: 'no worker was running', by },
  };
}

function undrained(folder: StateFolder, fault: StoreFault | undefined): WaymarkError {
  const { pending } = queueDepth(queueFolder(folder.queue));
  return new WaymarkError(
    'STORE_UNAVAILABLE',
    `Cannot drain the queue, where ${pending} wait: ${fault?.message ?? 'the store is unavailable'}`,
  );
}

function leaderPresent(folder: StateFolder): WaymarkError {
  const leader = readHeartbeats(folder.heartbeat).find(
    (beat) => beat.leader && isAlive(folder.wake, beat.id),
  );
  const name = leader === undefined ? 'another worker' : `worker ${leader.id} (pid ${leader.pid})`;
  return new WaymarkError('LEADER_PRESENT', `Cannot start a worker: ${name} serves this queue`);
}
