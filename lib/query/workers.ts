import { readdirSync } from 'node:fs';
import type { JsonObject } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { type QueueDepth, queueDepth } from '../queue/depth.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { readHeartbeats, type SeenHeartbeat } from '../queue/wakeup/heartbeat.ts';
import { classifyWorker, type WorkerState } from './worker-state.ts';

/** One worker, as `status --json` shows it. Field names are a contract. */
export interface SeenWorker {
  readonly id: string;
  /** `null` when it has not written a heartbeat yet. */
  readonly pid: number | null;
  readonly mode: string;
  readonly state: WorkerState;
  /** The whole heartbeat; `null` when there is none. */
  readonly heartbeat: JsonObject | null;
  readonly leader: boolean;
}

/** The queue and who serves it. */
export interface QueueState {
  readonly depth: QueueDepth;
  /** Leader first. */
  readonly workers: readonly SeenWorker[];
}

/** Queue and workers at one moment, for status, doctor and the action that stops workers. */
export function readQueueState(folder: StateFolder, now: number): QueueState {
  const depth = queueDepth(queueFolder(folder.queue));
  return { depth, workers: listWorkers(folder, depth, now) };
}

/** Every worker that has a live pipe or left a heartbeat, leader first. */
export function listWorkers(
  folder: StateFolder,
  queue: QueueDepth,
  now: number,
): readonly SeenWorker[] {
  const beats = new Map<string, SeenHeartbeat>(
    readHeartbeats(folder.heartbeat).map((beat) => [beat.id, beat]),
  );
  const ids = new Set([...listLivePipes(folder.wake), ...beats.keys()]);
  const workers = [...ids].map((id): SeenWorker => {
    const beat = beats.get(id);
    const state = classifyWorker({ beat, hasLivePipe: isAlive(folder.wake, id), queue, now });
    return {
      id,
      pid: beat?.pid ?? null,
      mode: beat?.mode ?? 'event-loop',
      state,
      heartbeat: beat?.body ?? null,
      leader: beat?.leader ?? false,
    };
  });
  return workers.sort((a, b) => Number(b.leader) - Number(a.leader) || a.id.localeCompare(b.id));
}

/** Ids of the workers whose pipe a process reads. */
export function listLivePipes(wake: string): readonly string[] {
  return namesIn(wake).filter((name) => !name.startsWith('.') && isAlive(wake, name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no worker ever ran here
  }
}
