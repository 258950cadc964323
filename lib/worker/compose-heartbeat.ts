import { isoTime } from '../core/clock.ts';
import { queueDepth } from '../queue/depth.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import type { Heartbeat, TaskBeat, WakeMode } from '../queue/wakeup/heartbeat.ts';
import type { PendingWatcher } from './watch/pending-watcher.ts';
import type { WorkerStats } from './worker-stats.ts';
import type { WakePipe } from './wake-pipe.ts';

export interface HeartbeatParts {
  readonly queue: QueueFolder;
  readonly pipe: WakePipe;
  readonly watcher: PendingWatcher;
  readonly stats: WorkerStats;
  readonly tasks: readonly TaskBeat[];
  readonly isLeader: boolean;
  readonly version: string;
  readonly now: number;
  /** The next heartbeat is due by then. */
  readonly freshUntil: number;
  readonly trouble: string | undefined;
}

/** Returns what wakes this worker when an entry arrives. */
export function wakeMode(pipe: WakePipe, watcher: PendingWatcher): WakeMode {
  return pipe.isListening ? 'event-loop' : watcher.isAlive ? 'watching' : 'polling';
}

/** Builds a heartbeat from the current state. */
export function composeHeartbeat({
  pipe,
  watcher,
  stats,
  now,
  ...parts
}: HeartbeatParts): Heartbeat {
  const depth = queueDepth(parts.queue);
  const { processed, failed, dead, throughput, latency, memoryMb } = stats.figures(now);
  const trouble = parts.trouble ?? pipe.trouble;
  return {
    timestamp: isoTime(now),
    freshUntil: isoTime(parts.freshUntil),
    id: pipe.id,
    pid: process.pid,
    version: parts.version,
    leader: parts.isLeader,
    mode: wakeMode(pipe, watcher),
    ...(trouble === undefined ? {} : { trouble }),
    startedAt: isoTime(stats.startedAt),
    iteration: stats.iteration,
    processed,
    failed,
    dead,
    lastEventAt: stats.lastEventAt === undefined ? null : isoTime(stats.lastEventAt),
    idleSeconds: Math.max(0, Math.round((now - (stats.lastEventAt ?? stats.startedAt)) / 1000)),
    queueSize: depth.pending + depth.delayed,
    processingCount: depth.processing,
    watcher: { alive: watcher.isAlive, restarts: watcher.restarts },
    rings: stats.rings,
    watchEvents: watcher.events,
    missedWakeUps: stats.missedWakeUps,
    latencyMs: latency ?? null,
    throughput,
    memoryMb,
    tasks: parts.tasks,
  };
}
