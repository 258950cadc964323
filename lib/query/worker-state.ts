import type { QueueDepth } from '../queue/depth.ts';
import type { SeenHeartbeat } from '../queue/wakeup/heartbeat.ts';

/** What a worker is doing, judged from outside. */
export type WorkerState = 'working' | 'idle' | 'stuck' | 'dead';

export interface WorkerSigns {
  /** Missing when its file is not there, or not yet. */
  readonly beat: SeenHeartbeat | undefined;
  /** Whether a process has its pipe open for reading, as the kernel reports it. */
  readonly hasLivePipe: boolean;
  readonly queue: QueueDepth;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * An entry that waits longer than this while nothing moves is no longer a matter of a missed ring:
 * the longest sleep is a minute.
 */
const NO_PROGRESS_MS = 90_000;

/** Work this young still counts as work at hand. */
const JUST_NOW_MS = 2_000;

/**
 * Stuck: its pipe lives but its heartbeat is overdue, or an old entry waits and nothing was
 * processed. Dead: a heartbeat without a live pipe. A worker that runs without a pipe (event loop
 * off, no named pipes here) is judged by its heartbeat alone.
 */
export function classifyWorker({ beat, hasLivePipe, queue, now }: WorkerSigns): WorkerState {
  const isBusy = queue.pending + queue.processing > 0;
  if (beat === undefined) return hasLivePipe ? (isBusy ? 'working' : 'idle') : 'dead';
  const isFresh = now <= timeOf(beat.freshUntil);
  const runsWithoutPipe = beat.mode === 'polling' || beat.mode === 'watching';
  if (!hasLivePipe && !(runsWithoutPipe && isFresh)) return 'dead';
  if (!isFresh) return 'stuck';
  const lastWork = timeOf(beat.body['lastEventAt'] ?? beat.body['startedAt']);
  const oldestWaits = queue.oldestAt === undefined ? 0 : now - queue.oldestAt;
  if (oldestWaits > NO_PROGRESS_MS && now - lastWork > NO_PROGRESS_MS) return 'stuck';
  return isBusy || now - timeOf(beat.body['lastEventAt']) < JUST_NOW_MS ? 'working' : 'idle';
}

/** Milliseconds since the epoch; 0 for what is no time. */
function timeOf(value: unknown): number {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}
