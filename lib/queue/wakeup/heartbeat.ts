import { readFileSync, unlinkSync } from 'node:fs';
import { namesIn } from '../../core/files.ts';
import { errnoOf } from '../../core/errors.ts';
import { numberField, parseJsonObject, stringField } from '../../core/json.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { isAlive } from './is-alive.ts';
import { replaceFile } from '../../core/replace-file.ts';

/** What wakes a worker: its pipe, the file watcher alone, or regular scans. */
export type WakeMode = 'event-loop' | 'watching' | 'polling';

/** One periodic task, as a heartbeat reports it. Times are ISO. */
export interface TaskBeat {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly lastRun: string | null;
  readonly nextRun: string;
}

/** Milliseconds from the creation of an event to its commit, over the latest entries. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What a worker reports about itself, in `heartbeat/<worker>.json`. */
export interface Heartbeat {
  readonly timestamp: string;
  /**
   * When the next heartbeat is due at the latest. A worker whose heartbeat is older is stuck or
   * dead.
   */
  readonly freshUntil: string;
  readonly id: string;
  readonly pid: number;
  readonly version: string;
  readonly leader: boolean;
  readonly mode: WakeMode;
  /**
   * Why the mode is not `event-loop`, or what is wrong with the store. Missing when all is well.
   */
  readonly trouble?: string;
  readonly startedAt: string;
  readonly iteration: number;
  readonly processed: number;
  readonly failed: number;
  readonly dead: number;
  readonly lastEventAt: string | null;
  readonly idleSeconds: number;
  readonly queueSize: number;
  readonly processingCount: number;
  readonly watcher: { readonly alive: boolean; readonly restarts: number };
  readonly rings: number;
  readonly watchEvents: number;
  /** Entries that neither a ring nor the watcher announced: only the safety scan found them. */
  readonly missedWakeUps: number;
  readonly latencyMs: LatencySummary | null;
  /** Entries per second over the last minute. */
  readonly throughput: number;
  readonly memoryMb: number;
  readonly tasks: readonly TaskBeat[];
}

/** The fields of a heartbeat that others rely on, as read back. */
export interface SeenHeartbeat {
  readonly id: string;
  readonly pid: number;
  readonly mode: string;
  readonly timestamp: string;
  readonly freshUntil: string;
  readonly leader: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Replaces the heartbeat file of this worker in one step.
 * @throws the errno of the write.
 */
export function writeHeartbeat(folder: string, beat: Heartbeat): void {
  replaceFile(`${folder}/${beat.id}.json`, `${JSON.stringify(beat)}\n`, {
    fsync: false,
    mode: 0o600,
  });
}

/** Reads all heartbeats in the folder. Skips other files. */
export function readHeartbeats(folder: string): readonly SeenHeartbeat[] {
  return namesIn(folder)
    .filter((file) => /^[\w-]+\.json$/.test(file))
    .flatMap((file) => readOne(`${folder}/${file}`) ?? []);
}

/** Returns the living leader, if its heartbeat reports another version. */
export function leaderOfAnotherVersion(
  { heartbeat, wake }: Pick<StateFolder, 'heartbeat' | 'wake'>,
  version: string,
): SeenHeartbeat | undefined {
  return readHeartbeats(heartbeat).find(
    ({ id, leader, body }) =>
      leader && stringField(body, 'version') !== version && isAlive(wake, id),
  );
}

/** Lists the ids of workers that left a file in the folder: a heartbeat, or a draft of one. */
export function listHeartbeatWorkers(folder: string): readonly string[] {
  return [
    ...new Set(
      namesIn(folder).flatMap((file) => /^([\w-]+)\.json(?:\.\d+)?$/.exec(file)?.[1] ?? []),
    ),
  ];
}

/**
 * Deletes the heartbeat file of a worker that stops or is dead, and its drafts. They may be
 * missing.
 */
export function removeHeartbeat(folder: string, worker: string): void {
  for (const file of namesIn(folder)) {
    if (file !== `${worker}.json` && !file.startsWith(`${worker}.json.`)) continue;
    try {
      unlinkSync(`${folder}/${file}`);
    } catch (error) {
      // Missing, or the disk refuses. The dead pipe shows the same.
      if (errnoOf(error) === '') throw error;
    }
  }
}

function readOne(path: string): SeenHeartbeat | undefined {
  let body: ReturnType<typeof parseJsonObject>;
  try {
    body = parseJsonObject(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // Its worker stopped at this moment.
  }
  const id = body && stringField(body, 'id');
  if (body === undefined || id === undefined) return undefined;
  return {
    id,
    pid: numberField(body, 'pid') ?? 0,
    mode: stringField(body, 'mode') ?? 'unknown',
    timestamp: stringField(body, 'timestamp') ?? '',
    freshUntil: stringField(body, 'freshUntil') ?? '',
    leader: body['leader'] === true,
    body,
  };
}
