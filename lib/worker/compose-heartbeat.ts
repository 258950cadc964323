import { isoTime } from '../core/clock.ts';
import { queueDepth } from '../queue/depth.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import type { Heartbeat, TaskBeat, WakeMode } from '../queue/wakeup/heartbeat.ts';
import type { PendingWatcher } from './watch/pending-watcher.ts';
import type { Tally } from './tally.ts';
import type { WakePipe } from './wake-pipe.ts';

export interface HeartbeatParts {
  readonly queue: QueueFolder;
  readonly pipe: WakePipe;
  readonly watcher: PendingWatcher;
  readonly tally: Tally;
  readonly tasks: readonly TaskBeat[];
  readonly isLeader: boolean;
  readonly version: string;
  readonly now: number;
  /** Until when this heartbeat is the latest that can be expected. */
  readonly freshUntil: number;
  readonly trouble: string | undefined;
}

/** How this worker notices a new entry. */
export function wakeMode(pipe: WakePipe, watcher: PendingWatcher): WakeMode {
  return pipe.isListening ? 'event-loop' : watcher.isAlive ? 'watching' : 'polling';
}

/** A heartbeat of this moment. */
export function composeHeartbeat({
  pipe,
  watcher,
  tally,
  now,
  ...parts
}: HeartbeatParts): Heartbeat {
  const depth = queueDepth(parts.queue);
  const { processed, failed, dead, throughput, latency, memoryMb } = tally.figures(now);
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
    startedAt: isoTime(tally.startedAt),
    iteration: tally.iteration,
    processed,
    failed,
    dead,
    lastEventAt: tally.lastEventAt === undefined ? null : isoTime(tally.lastEventAt),
    idleSeconds: Math.max(0, Math.round((now - (tally.lastEventAt ?? tally.startedAt)) / 1000)),
    queueSize: depth.pending + depth.delayed,
    processingCount: depth.processing,
    watcher: { alive: watcher.isAlive, restarts: watcher.restarts },
    rings: tally.rings,
    watchEvents: watcher.events,
    missedWakeUps: tally.missedWakeUps,
    latencyMs: latency ?? null,
    throughput,
    memoryMb,
    tasks: parts.tasks,
  };
}
